"""Does the market move to what earns more?

Labelled emails go through the real workflow, one after the other; after each, its true label comes in as
feedback. The same emails in the same order go to every seat alone, each in a folder of its own, with the same
feedback: that is what a fixed choice of model would have earned. Nothing is known beforehand: published priors are
left out, so that what is seen is learnt.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.table import Table

from bidding.domain.errors import InvalidRequest
from bidding.domain.seats import Seat
from schemas.execution import FeedbackRequest
from schemas.terms import Label, TaskOptions
from stacks.local.bench.adaptation.texts import GENRES
from stacks.local.commands.output import say
from stacks.local.seats import LOCAL_SEATS
from stacks.local.stack import LocalStack

_SEED = 20261123
_TEXT_CHARS = 900


@dataclass(frozen=True)
class Mail:
    """One labelled email as a JSON task."""

    document: bytes
    label: str


@dataclass(frozen=True)
class Step:
    """What one email earned."""

    winner: str
    reward: float
    cost_micros: int


@dataclass(frozen=True)
class AdaptationReport:
    """The market's steps and every lone seat's, on the same emails."""

    market: list[Step]
    alone: dict[str, list[Step]]
    commonest_label: list[float]

    def table(self) -> Table:
        """For people: reward and cost in the first and the last half, and who won there."""
        half = len(self.market) // 2
        table = Table(title=f"{len(self.market)} labelled emails, feedback after each")
        for header in ("who", f"reward, first {half}", f"reward, last {half}", "reward, all", "µ$ per email"):
            table.add_column(header, justify="left" if header == "who" else "right")
        for name, steps in {"the market": self.market, **self.alone}.items():
            rewards = [step.reward for step in steps]
            cost = sum(step.cost_micros for step in steps) / len(steps)
            table.add_row(name, *_means(rewards, half), f"{cost:.1f}")
        table.add_row("always the commonest label (no model)", *_means(self.commonest_label, half), "")
        table.add_section()
        table.add_row("the market, less the best seat alone", *self._behind_best(half), "")
        table.add_section()
        for title, steps in (("first", self.market[:half]), ("last", self.market[half:])):
            mix = ", ".join(f"{seat} {wins}" for seat, wins in Counter(step.winner for step in steps).most_common())
            table.add_row(f"winners, {title} {half}: {mix}")
        return table

    def _behind_best(self, half: int) -> list[str]:
        """What not knowing the best seat beforehand cost, in reward: it should vanish as the market learns."""
        best = max(self.alone.values(), key=lambda steps: sum(step.reward for step in steps))
        gaps = [ours.reward - theirs.reward for ours, theirs in zip(self.market, best, strict=True)]
        return [f"{float(mean):+.3f}" for mean in _means(gaps, half)]

    def as_json(self) -> dict[str, object]:
        """For machines: every step."""
        return {
            "market": [asdict(step) for step in self.market],
            "alone": {seat: [asdict(step) for step in steps] for seat, steps in self.alone.items()},
        }


def measure_adaptation(folder: Path, data: Path, emails: int) -> AdaptationReport:
    """Run the market and every installed seat alone; see the module."""
    mails = load_mails(data, emails)
    bidders = [replace(seat, prior_quality=None) for seat in LOCAL_SEATS if "classify" in seat.kinds]
    say("the market:", f"{len(mails)} emails")
    market = _run(folder / "market", mails, bidders)
    alone: dict[str, list[Step]] = {}
    for seat in bidders:
        say(f"{seat.seat_id} alone")
        steps = _run(folder / seat.seat_id.replace("/", "-"), mails, [seat])
        if any(step.winner for step in steps):
            alone[seat.seat_id] = steps
    commonest = Counter(mail.label for mail in mails).most_common(1)[0][0]
    return AdaptationReport(market, alone, [float(mail.label == commonest) for mail in mails])


def load_mails(data: Path, emails: int) -> list[Mail]:
    """A fixed random sample of the labelled mails. Raises InvalidRequest where the data is not there."""
    file = data / "enron_categories" / "enron_categories.jsonl.gz"
    if not file.is_file():
        raise InvalidRequest(f"{file} is missing: --data must name the folder that holds enron_categories/")
    rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    chosen = random.Random(_SEED).sample(rows, min(emails, len(rows)))  # noqa: S311  a sample, no secret
    return [_mail(row) for row in chosen]


def _mail(row: dict[str, str | int]) -> Mail:
    document = {
        "subject": str(row["subject"])[:300],
        "text": f"{str(row['text']).strip()[:_TEXT_CHARS] or '(empty)'}\n[message {row['id']}]",
        "sender": str(row["frm"])[:300],
    }
    return Mail(json.dumps(document).encode(), GENRES[int(row["label"])][0])


def _run(home: Path, mails: Iterable[Mail], seats: list[Seat]) -> list[Step]:
    options = TaskOptions(
        labels=tuple(Label(name=name, description=description) for name, description in GENRES.values()),
        kinds=frozenset({"classify"}),
    )
    with LocalStack(home, seats=seats) as stack:
        return [_step(stack, mail, options) for mail in mails]


def _step(stack: LocalStack, mail: Mail, options: TaskOptions) -> Step:
    report = stack.submit(mail.document, "bench", options)
    [lot] = report.lots
    if lot.status != "done":
        return Step("", 0.0, lot.cost_micros)
    right: dict[str, object] = {"label": mail.label, "confidence": 1.0}
    reward = stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=lot.lot_id, corrected=right))
    return Step(lot.winner or "", reward or 0.0, lot.cost_micros)


def _means(rewards: list[float], half: int) -> list[str]:
    parts = (rewards[:half], rewards[half:], rewards)
    return [f"{sum(part) / len(part):.3f}" for part in parts]
