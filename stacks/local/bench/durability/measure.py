"""Both trials on one server, and their report."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass

from rich.table import Table

from stacks.local.bench.durability.hammer import UNITS, Hammered, hammer_budget
from stacks.local.bench.durability.kills import Survived, kill_and_audit
from stacks.local.bench.scratch_server import ScratchServer


@dataclass(frozen=True)
class DurabilityReport:
    """What both trials came to."""

    clients: int
    hammered: Hammered
    survived: Survived

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, a sentence each; empty is a pass."""
        return self.hammered.faults + self.survived.faults

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"{self.clients} clients; {len(self.faults)} faults")
        table.add_column("trial")
        table.add_column("result", justify="right")
        table.add_row(f"holds tried on a budget of {UNITS}", f"{self.hammered.tried:,}")
        table.add_row("granted", str(self.hammered.granted))
        table.add_section()
        table.add_row(
            "kill -9 of the server, of clients", f"{self.survived.server_kills}, {self.survived.client_kills}"
        )
        table.add_row("awards acknowledged", f"{self.survived.awards:,}")
        table.add_row("settlements acknowledged", f"{self.survived.settlements:,}")
        table.add_row("unawarded holds lost and placed again", str(self.survived.holds_placed_again))
        table.add_row("longest silence after a kill", f"{self.survived.silence_seconds_max:.1f} s")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def measure_durability(kills: int, clients: int, seconds: float, seed: int) -> DurabilityReport:
    """Hammer one budget for so many seconds, then kill so many times; `seed` picks victims and moments."""
    with ScratchServer() as server:
        hammered = hammer_budget(server.database("hammered"), clients, seconds)
        return DurabilityReport(clients, hammered, kill_and_audit(server, kills, clients, random.Random(seed)))  # noqa: S311
