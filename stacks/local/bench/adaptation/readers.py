"""Who answers in a learning curve: small models with and without demonstrations, and what needs no language model."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bidding.adapters.dspy_compiler import DspyCompiler
from bidding.adapters.embeddings import MiniLmEmbedder
from bidding.adapters.llama.server import LlamaServer
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.prompts import build_messages
from bidding.domain.demonstrations import CONTEXT_SHARE, SPARE, choose, tokens_shown
from bidding.domain.ids import LotId
from bidding.domain.jobs import Answer, Job
from bidding.domain.lots import SchemaRef
from bidding.domain.records import Demonstration
from bidding.domain.seats import Seat
from bidding.domain.softmax import fit_softmax
from bidding.domain.usage import Usage
from bidding.ports.adaptation import SolvedJob
from stacks.local.bench.adaptation.texts import SEED, Text
from stacks.local.seats import LOCAL_SEATS

SHOWN = 4
NEIGHBOURS = 5
TIMEOUT_MS = 600_000
_CONTEXT_TOKENS = 2_048

Floats = NDArray[np.float64]
Chances = dict[str, float]


class Reader(Protocol):
    """Answers each text after having learnt others: the chance of every label."""

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """One answer per text."""


class Chained(Reader, Protocol):
    """A reader that can be calibrated."""

    def chain(self, learnt: Sequence[Text]) -> list[Chances]:
        """What it said of each learnt text at its turn."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Embeddings of texts, each made once."""

    embedder: MiniLmEmbedder

    def matrix(self, texts: Sequence[Text]) -> Floats:
        """(texts, dimensions)."""
        return np.array([_embed(self.embedder, _text(text)) for text in texts])


@cache
def _embed(embedder: MiniLmEmbedder, text: str) -> tuple[float, ...]:
    return embedder.embed(text)


def _text(text: Text) -> str:
    return f"{text.payload.subject}\n{text.payload.text}".strip()


def commonest(learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
    """The label that was right most often so far."""
    counts = Counter(text.label for text in learnt)
    return [{label: count / len(learnt) for label, count in counts.items()} for _ in texts]


@dataclass(frozen=True, slots=True)
class NearestNeighbours:
    """Plain kNN: the vote of the nearest; a tie goes to the label whose text is nearest."""

    embedded: Embedded

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """See `Reader`."""
        likeness = self.embedded.matrix(texts) @ self.embedded.matrix(learnt).T
        answers = []
        for row in likeness:
            near = [learnt[index].label for index in np.argsort(-row)[:NEIGHBOURS]]
            answers.append({label: count / len(near) for label, count in Counter(near).most_common()})
        return answers


@dataclass(frozen=True, slots=True)
class LogisticRegression:
    """Logistic regression on MiniLM's embeddings."""

    embedded: Embedded

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """See `Reader`."""
        names = sorted({text.label for text in learnt})
        classes = np.array([names.index(text.label) for text in learnt])
        fitted = fit_softmax(self.embedded.matrix(learnt), classes, len(names))
        return [dict(zip(names, row, strict=True)) for row in fitted.chances(self.embedded.matrix(texts)).tolist()]


@dataclass(frozen=True, slots=True)
class Prompted:
    """A language model, without demonstrations."""

    server: LlamaServer

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """See `Reader`; what was learnt is not shown."""
        del learnt
        return [self.read(text, ()) for text in texts]

    def read(self, text: Text, shown: tuple[Demonstration, ...], instruction: str = "") -> Chances:
        """The chance of every label, by the prompt that the engine writes."""
        return self.weigh(replace(job_of(text), demonstrations=shown, instruction=instruction))

    def weigh(self, job: Job) -> Chances:
        """The same of a job."""
        labels = [label.name for label in job.payload.labels]
        messages = build_messages(job, brief=True)
        return dict(self.server.weigh_labels(messages, labels, TIMEOUT_MS, reuse=True).chances)

    def chain(self, learnt: Sequence[Text]) -> list[Chances]:
        """What it said of each learnt text at its turn: what a calibration learns from."""
        return self(learnt, learnt)


@dataclass(frozen=True, slots=True)
class RandomlyShown:
    """A language model that is shown the same few solved texts every time, drawn at random."""

    prompted: Prompted

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """See `Reader`."""
        drawn = random.Random(SEED).sample(list(learnt), min(SHOWN, len(learnt)))  # noqa: S311
        shown = tuple(demonstration(text) for text in drawn)
        return [self.prompted.read(text, shown) for text in texts]


@dataclass(frozen=True, slots=True)
class NearestShown:
    """A language model that is shown what the market would show it: the nearest solved texts, diverse, within room."""

    prompted: Prompted
    embedded: Embedded

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """See `Reader`."""
        vectors = self.embedded.matrix(learnt)
        return [self.prompted.read(text, self._nearest(learnt, vectors, text)) for text in texts]

    def _nearest(self, learnt: Sequence[Text], vectors: Floats, text: Text) -> tuple[Demonstration, ...]:
        likeness = vectors @ self.embedded.matrix([text])[0]
        near = np.argsort(-likeness)[: SHOWN + SPARE]
        pool = [demonstration(learnt[index], tuple(vectors[index]), float(likeness[index])) for index in near]
        return choose(
            pool,
            SHOWN,
            location="on_host",
            room_tokens=CONTEXT_SHARE * _CONTEXT_TOKENS,
            count_tokens=tokens_shown,
        )


@dataclass(frozen=True, slots=True)
class CompiledShown:
    """A language model with the prompt that `atomic adapt` compiles from what was solved."""

    prompted: Prompted

    def __call__(self, learnt: Sequence[Text], texts: Sequence[Text]) -> list[Chances]:
        """See `Reader`."""
        examples = [
            SolvedJob(job_of(text), replace(demonstration(text), lot_id=LotId(str(number))))
            for number, text in enumerate(learnt)
        ]
        compiler = DspyCompiler(lambda _: _PromptedEngine(self.prompted), TypedOutputs())
        compiled = compiler.compile(_SEAT, examples, "search")
        shown = tuple(examples[int(lot)].solved for lot in compiled.demonstrations)
        return [self.prompted.read(text, shown, compiled.instruction) for text in texts]


@dataclass(frozen=True, slots=True)
class _PromptedEngine:
    """The same reading as an engine."""

    prompted: Prompted

    def unavailable_because(self, seat: Seat) -> None:
        """Nothing is missing."""

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """Nobody pays."""
        del seat, job
        return 0

    def answer(self, seat: Seat, job: Job) -> Answer:
        """The likeliest label."""
        del seat
        chances = self.prompted.weigh(job)
        best = max(chances, key=lambda label: chances[label])
        return Answer(json.dumps({"label": best, "confidence": round(chances[best], 4)}), Usage(0, 0), chances)


_SEAT = next(seat for seat in LOCAL_SEATS if seat.engine == "llama_cpp")


def job_of(text: Text) -> Job:
    """A text as a job without demonstrations."""
    return Job("classify", text.payload, SchemaRef("classification.v1"), {}, (), {}, 60, TIMEOUT_MS)


def demonstration(text: Text, embedding: tuple[float, ...] = (), similarity: float = 0.0) -> Demonstration:
    """A solved text as the ledger keeps it."""
    return Demonstration(
        lot_id=LotId(""),
        kind="classify",
        scope="",
        text=_text(text),
        output={"label": text.label, "confidence": 1.0},
        source="human",
        embedding=embedding,
        similarity=similarity,
        data_class="public",
    )
