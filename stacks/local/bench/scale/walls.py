"""The walls that a rate of lots meets one after the other, each moved before the next, and what docs show of them."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.local.bench.scale.market import (
    Deployment,
    ScaleRun,
    capacities,
    deployed,
    raised,
    run_at,
    setting_of,
)

_WALLS_MAX = 16
"""More than there are stations."""


@dataclass(frozen=True)
class Wall:
    """One run at a rate. `breaks` is the station that was full, None at the end; `deployment` what the run had."""

    deployment: Deployment
    run: ScaleRun

    @property
    def breaks(self) -> str | None:
        """The station that is full at this rate."""
        return self.run.breaks_first


def walls(rate: float, deployment: Deployment) -> list[Wall]:
    """Simulate `rate` lots a second, move the setting of what breaks first, and again until nothing breaks."""
    met = []
    for _ in range(_WALLS_MAX):
        met.append(Wall(deployment, run_at(rate, deployment)))
        if (broken := met[-1].breaks) is None:
            break
        deployment = raised(deployment, broken, rate)
    return met


def moved(wall: Wall) -> str:
    """The setting that moves a wall, from what it is to what would carry the rate."""
    if wall.breaks is None:
        return ""
    name = setting_of(wall.breaks)
    then = raised(wall.deployment, wall.breaks, wall.run.lots_per_second)
    return f"{name} {getattr(wall.deployment, name):,} → {getattr(then, name):,}"


def described(deployment: Deployment) -> str:
    """Its settings in words."""
    told = {name: getattr(deployment, name) for name in deployment.__dataclass_fields__}
    return ", ".join(f"{name} {value:,}" for name, value in told.items() if value is not None)


def capacities_table() -> str:
    """Where each station of each environment is full, the nearest of prod first, in Markdown."""
    prod, dev = capacities(deployed("prod")), capacities(deployed("dev"))
    rows = [f"| {name} | {prod[name]:,.0f} | {dev[name]:,.0f} |" for name in sorted(prod, key=lambda name: prod[name])]
    return "\n".join(["| full at lots a second | prod | dev |", "| --- | ---: | ---: |", *rows])


def walls_table(met: list[Wall]) -> str:
    """The walls of one rate in the order in which they were met, in Markdown."""
    rate = met[0].run.lots_per_second
    rows = [
        f"| {each.breaks or 'nothing'} | {each.run.latency_ms_p50 / 1_000:.1f} s | {each.run.finished_share:.0%} "
        f"| {moved(each)} |"
        for each in met
    ]
    return "\n".join(
        [f"| breaks at {rate:,.0f} | p50 | through | the setting that moves it |", "| --- | ---: | ---: | --- |", *rows]
    )
