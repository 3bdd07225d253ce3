"""The whole system against each seat alone, on the same mail, all kinds of work, by what it is all about.

    Σ (value × reward − cost), in micro-dollars, over all lots of all mails

A lot that nobody bids for, or that fails, earns nothing, and what it cost counts. A label's reward is a human's word,
given after each mail; the other kinds are judged by checks. What no check could tell earns nothing for anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.table import Table

from bidding.domain.lots import DEFAULT_TERMS, PLAN_KIND
from bidding.domain.seats import Seat
from schemas.execution import FeedbackRequest
from schemas.results import LotResult
from schemas.terms import Label, TaskOptions
from stacks.local.bench.adaptation.market import Mail, load_mails
from stacks.local.bench.adaptation.texts import GENRES
from stacks.local.commands.output import say
from stacks.local.seats import LOCAL_SEATS
from stacks.local.stack import LocalStack


@dataclass(frozen=True, slots=True)
class Earned:
    """What one lot earned: nothing where `winner` is empty."""

    kind: str
    winner: str
    reward: float
    cost_micros: int

    @property
    def net_micros(self) -> float:
        """Value × reward − cost."""
        return DEFAULT_TERMS[self.kind].value_micros * self.reward - self.cost_micros


@dataclass(frozen=True, slots=True)
class WholeReport:
    """The lots of every contender, on the same mails in the same order."""

    emails: int
    lots: dict[str, list[Earned]]

    def table(self) -> Table:
        """For people: by kind and in all."""
        kinds = [kind for kind in DEFAULT_TERMS if kind != PLAN_KIND]
        table = Table(title=f"Σ (value × reward - cost) in µ$ over {self.emails} emails")
        table.add_column("who")
        for kind in [*kinds, "all", "cost"]:
            table.add_column(kind, justify="right")
        ranked = sorted(self.lots.items(), key=lambda each: -sum(lot.net_micros for lot in each[1]))
        for name, lots in ranked:
            sums: dict[str, float] = defaultdict(float)
            for lot in lots:
                sums[lot.kind] += lot.net_micros
            total, cost = sum(sums.values()), sum(lot.cost_micros for lot in lots)
            table.add_row(name, *(f"{sums[kind]:,.0f}" for kind in kinds), f"{total:,.0f}", f"{cost:,}")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines: every lot."""
        return {
            "emails": self.emails,
            "lots": {name: [asdict(lot) for lot in lots] for name, lots in self.lots.items()},
        }


def measure_whole(folder: Path, data: Path, emails: int) -> WholeReport:
    """Run the market, and every installed seat alone. Published priors are left out, as in `market`."""
    mails = load_mails(data, emails)
    seats = [replace(seat, prior_quality=None) for seat in LOCAL_SEATS]
    lots = {}
    for name, bidders in {"the market": seats, **{f"{seat.seat_id} alone": [seat] for seat in seats}}.items():
        say(name)
        earned = _run(folder / name.replace("/", "-").replace(" ", "-"), mails, bidders)
        if any(lot.winner for lot in earned):
            lots[name] = earned
    return WholeReport(len(mails), lots)


def _run(home: Path, mails: Iterable[Mail], seats: list[Seat]) -> list[Earned]:
    labels = tuple(Label(name=name, description=description) for name, description in GENRES.values())
    with LocalStack(home, seats=seats) as stack:
        return [lot for mail in mails for lot in _earned(stack, mail, TaskOptions(labels=labels))]


def _earned(stack: LocalStack, mail: Mail, options: TaskOptions) -> list[Earned]:
    report = stack.submit(mail.document, "bench", options)
    return [Earned(lot.kind, lot.winner or "", _reward(stack, lot, mail), lot.cost_micros) for lot in report.lots]


def _reward(stack: LocalStack, lot: LotResult, mail: Mail) -> float:
    if lot.status != "done":
        return 0.0
    if lot.kind != "classify":
        return lot.reward or 0.0
    right: dict[str, object] = {"label": mail.label, "confidence": 1.0}
    return stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=lot.lot_id, corrected=right)) or 0.0
