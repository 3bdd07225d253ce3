"""Learning curves: how often each small model is right as verified lots accumulate.

The same held-out texts are answered after 0 … 200 solved ones, by each model without demonstrations, with four random
ones, with the four that the market would choose, and by a compiled variant; beside them what needs no language model.
A file of figures is read first: what it has is not measured again, so that a long run may go on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from rich.table import Table

from bidding.adapters.embeddings import MiniLmEmbedder
from bidding.adapters.llama.server import LlamaServer
from bidding.adapters.llama.weights import MODELS, missing_weights, weights_file
from bidding.domain.calibration import calibrated
from bidding.domain.weighed_lots import WeighedLot
from stacks.local.bench.adaptation.readers import (
    Chained,
    Chances,
    CompiledShown,
    Embedded,
    LogisticRegression,
    NearestNeighbours,
    NearestShown,
    Prompted,
    RandomlyShown,
    Reader,
    commonest,
)
from stacks.local.bench.adaptation.texts import LabelledSet, load_set
from stacks.local.commands.output import say

POINTS = (0, 10, 50, 200)
CHAIN = "said of the solved texts"

Answers = dict[str, list[Chances]]


@dataclass(frozen=True, slots=True)
class Curve:
    """One row of the table: who answers, and how, after how many solved texts. `chained`
    is set where its answers are calibrated too, by what it said of the solved texts."""

    model: str
    way: str
    reader: Reader
    points: tuple[int, ...]
    chained: Chained | None = None

    def key(self, point: int) -> str:
        """Where its answers are kept."""
        return f"{self.model} | {self.way} | {point}"


@dataclass(slots=True)
class CurveReport:
    """Answers by curve and point, on the same held-out texts."""

    name: str
    truth: list[str]
    answers: Answers = field(default_factory=dict)

    def accuracies(self) -> dict[tuple[str, str], dict[int, float]]:
        """Share of right labels per (model, way) and point."""
        found: dict[tuple[str, str], dict[int, list[float]]] = {}
        for key, answers in self.answers.items():
            if key.startswith(CHAIN):
                continue
            model, way, point = key.split(" | ")
            right = sum(_best(answer) == label for answer, label in zip(answers, self.truth, strict=True))
            named = found.setdefault((model, way), {})
            named.setdefault(int(point), []).append(right / len(self.truth))
        return {
            curve: {point: sum(shares) / len(shares) for point, shares in sorted(points.items())}
            for curve, points in found.items()
        }

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"{self.name}: share of right labels among {len(self.truth)} held-out texts")
        table.add_column("who, and what it is shown")
        points = sorted({point for points in self.accuracies().values() for point in points})
        for point in points:
            table.add_column(f"after {point}", justify="right")
        for (model, way), shares in self.accuracies().items():
            known = [shares.get(point, shares[0] if set(shares) == {0} else None) for point in points]
            table.add_row(f"{model}: {way}", *("" if share is None else f"{share:.2f}" for share in known))
        return table

    def as_json(self) -> dict[str, object]:
        """For machines, and for going on."""
        shares = {f"{model} | {way}": points for (model, way), points in self.accuracies().items()}
        return {"set": self.name, "accuracy": shares, "truth": self.truth, "answers": self.answers}


def measure_curve(
    data: Path, name: str, held_out: int, cache: Path, figures: Path | None, models: Sequence[str] = tuple(MODELS)
) -> CurveReport:
    """Measure what `figures` does not have yet, and write it there after every step."""
    texts = load_set(name, data, POINTS[-1], held_out)
    report = _kept(figures, texts)
    for curve in _curves(cache, models):
        for key, measure in _steps(curve, texts, report.answers):
            if key in report.answers:
                continue
            say(f"{name}: {key}")
            report.answers[key] = measure()
            if figures:
                figures.write_text(json.dumps(report.as_json()) + "\n")
    return report


def _steps(curve: Curve, texts: LabelledSet, answers: Answers) -> Iterator[tuple[str, Callable[[], list[Chances]]]]:
    for point in curve.points:
        yield curve.key(point), partial(curve.reader, texts.learnt[:point], texts.held_out)
    if curve.chained is None:
        return
    chain = f"{CHAIN} | {curve.model} | {curve.way}"
    yield chain, partial(curve.chained.chain, texts.learnt)
    said = [WeighedLot(chances, text.label) for chances, text in zip(answers[chain], texts.learnt, strict=True)]
    for point in POINTS[1:]:
        raw = answers[curve.key(point if point in curve.points else 0)]
        key = f"{curve.model} | {curve.way}, calibrated | {point}"
        yield key, partial(_calibrated, raw, said[:point])


def _calibrated(raw: list[Chances], past: list[WeighedLot]) -> list[Chances]:
    return [calibrated(chances, past) for chances in raw]


def _curves(cache: Path, models: Sequence[str]) -> Iterator[Curve]:
    embedded = Embedded(MiniLmEmbedder())
    learning = POINTS[1:]
    yield Curve("no model", "the commonest label", commonest, learning)
    yield Curve("no model", "plain kNN, five nearest", NearestNeighbours(embedded), learning)
    yield Curve("no model", "MiniLM + logistic regression", LogisticRegression(embedded), learning)
    for model in models:
        if missing := missing_weights(model):
            say(f"{model} is left out:", missing)
            continue
        server = LlamaServer(weights_file(model, cache))
        prompted = Prompted(server)
        yield Curve(model, "no demonstrations", prompted, (0,), prompted)
        yield Curve(model, "random demonstrations", RandomlyShown(prompted), learning)
        if find_spec("dspy"):
            yield Curve(model, "compiled by DSPy", CompiledShown(prompted), (POINTS[-1],))
        nearest = NearestShown(prompted, embedded)
        yield Curve(model, "nearest demonstrations", nearest, learning)
        server.close()


def _kept(figures: Path | None, texts: LabelledSet) -> CurveReport:
    """What was measured before on the very same texts."""
    truth = [text.label for text in texts.held_out]
    if figures is None or not figures.is_file():
        return CurveReport(texts.name, truth)
    before = json.loads(figures.read_text())
    if before["set"] != texts.name or before["truth"] != truth:
        return CurveReport(texts.name, truth)
    return CurveReport(texts.name, truth, cast("Answers", before["answers"]))


def _best(answer: Chances) -> str:
    return max(answer, key=lambda label: answer[label])
