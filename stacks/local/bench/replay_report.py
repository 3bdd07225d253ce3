"""What the replay bench found: rows, a summary over all policies, and tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from rich.table import Table

from stacks.local.bench.replay_log import Behaviour

ESTIMATORS = ("ips", "snips", "dr", "naive")
MEASURES = ("reward", "cost")
_SHOWN = ("dr", "ips", "snips", "naive")


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """What was seen of one policy and measure. Shares are of the trials that answered; None where none did.

    `coverage` and `bias` are by estimator; `naive` never refuses, so its figures are over all trials.
    """

    policy: str
    measure: str
    trials: int
    refused: float
    refusals: Mapping[str, int]
    coverage: Mapping[str, float | None]
    bias: Mapping[str, float | None]
    dr_width: float | None
    effective_rounds: float | None


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """All rows of one data set and behaviour policy."""

    data: str
    behaviour: Behaviour
    rounds: int
    rows: tuple[ReplayRow, ...]

    def summary(self, measure: str) -> dict[str, float | None]:
        """Over all policies: share refused, and coverage by estimator, each answer counting once."""
        rows = [row for row in self.rows if row.measure == measure]
        answered = {"naive": [float(row.trials) for row in rows]}
        for name in ESTIMATORS[:-1]:
            answered[name] = [row.trials * (1 - row.refused) for row in rows]
        coverage = {name: _weighted([row.coverage[name] for row in rows], answered[name]) for name in ESTIMATORS}
        return {"refused": float(np.mean([row.refused for row in rows])), **coverage}

    def tables(self) -> tuple[Table, ...]:
        """For people: how often the truth was covered, how far off the means were, and why answers were refused."""
        trials = self.rows[0].trials
        coverage = Table(
            title=f"{self.data}: {self.rounds} rounds logged by {self.behaviour}, {trials} trials\ncoverage"
        )
        bias = Table(title="bias of the mean")
        for table, headers in (
            (coverage, ("refused", "worth", "DR", "IPS", "SNIPS", "naive")),
            (bias, ("DR width", "DR", "IPS", "SNIPS", "naive")),
        ):
            for header in ("policy", "measure", *headers):
                table.add_column(header, justify="left" if header in {"policy", "measure"} else "right")
        for row in self.rows:
            covered = [_percent(row.coverage[name]) for name in _SHOWN]
            worth = "" if row.effective_rounds is None else f"{row.effective_rounds:.0f}"
            coverage.add_row(row.policy, row.measure, _percent(row.refused), worth, *covered)
            off = [_number(row.bias[name]) for name in _SHOWN]
            bias.add_row(row.policy, row.measure, _number(row.dr_width), *off)
        for measure in MEASURES:
            means = self.summary(measure)
            covered = [_percent(means[name]) for name in _SHOWN]
            coverage.add_row("all", measure, _percent(means["refused"]), "", *covered)
        refusals = self._refusals()
        return (coverage, bias, refusals) if refusals.rows else (coverage, bias)

    def _refusals(self) -> Table:
        """A line for every policy and measure that was refused anything, and one over all."""
        table = Table(title="refusals, each with its most frequent reason")
        for header in ("policy", "measure", "refused", "reason", "refusals"):
            table.add_column(header, justify="right" if header in {"refused", "refusals"} else "left")
        told = [(row.policy, row.measure, row.refused, Counter(row.refusals)) for row in self.rows]
        for measure in MEASURES:
            counts = sum((Counter(row.refusals) for row in self.rows if row.measure == measure), Counter[str]())
            told.append(("all", measure, self.summary(measure)["refused"] or 0.0, counts))
        for policy, measure, refused, counts in told:
            for reason, count in counts.most_common(1):
                table.add_row(policy, measure, _percent(refused), reason, f"{count} of {counts.total()}")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self) | {"summary": {measure: self.summary(measure) for measure in MEASURES}}


def _weighted(shares: list[float | None], weights: list[float]) -> float | None:
    known = [(share, weight) for share, weight in zip(shares, weights, strict=True) if share is not None]
    return float(np.average([share for share, _ in known], weights=[weight for _, weight in known])) if known else None


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"
