"""The labelled texts of the learning curves: real mail of Enron by genre, and questions of ten Banking77 intents."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bidding.domain.errors import InvalidRequest
from bidding.domain.lots import Label, Payload

TEXT_CHARS = 240
SEED = 20261129
INTENTS = 10

GENRES: Mapping[int, tuple[str, str]] = {
    1: ("business", "company business, strategy, deals, legal and regulatory matters"),
    2: ("personal", "purely personal, family, friends, jokes"),
    3: ("personal-professional", "personal but in a professional context, thanks and praise for good work"),
    4: ("logistics", "arranging meetings, travel, technical support, schedules"),
    5: ("employment", "job seeking, hiring, recommendations, interviews"),
    6: ("editing", "checking, editing or commenting on a document together"),
    7: ("empty-attachment", "no text because an attachment is missing"),
    8: ("empty", "no text at all"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """One labelled text, as a lot's payload."""

    payload: Payload
    label: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts to learn from, in the order in which they were solved, and texts held out."""

    name: str
    learnt: tuple[Text, ...]
    held_out: tuple[Text, ...]


def load_set(name: str, data: Path, learnt: int, held_out: int) -> LabelledSet:
    """A fixed random sample. Raises InvalidRequest where the data is not there."""
    match name:
        case "enron":
            texts = _enron(_file(data, "enron_categories/enron_categories.jsonl.gz"))
            random.Random(SEED).shuffle(texts)  # noqa: S311  a sample, no secret
            test, train = texts[:held_out], texts[held_out : held_out + learnt]
        case "banking77":
            train = _banking(_file(data, "banking77/train.csv.gz"))[:learnt]
            test = _banking(_file(data, "banking77/test.csv.gz"))[:held_out]
        case _:
            raise InvalidRequest(f"no set {name!r}: --set takes enron or banking77")
    return LabelledSet(name, tuple(train), tuple(test))


def _file(data: Path, name: str) -> Path:
    file = data / name
    if not file.is_file():
        raise InvalidRequest(f"{file} is missing: --data must name the folder that holds {file.parent.name}/")
    return file


def _enron(file: Path) -> list[Text]:
    labels = tuple(Label(name, description) for name, description in GENRES.values())
    rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    return [
        Text(
            Payload("body", str(row["text"]).strip()[:TEXT_CHARS], subject=str(row["subject"])[:200], labels=labels),
            GENRES[int(row["label"])][0],
        )
        for row in rows
    ]


def _banking(file: Path) -> list[Text]:
    rows = list(csv.DictReader(gzip.decompress(file.read_bytes()).decode().splitlines()))
    intents = sorted(random.Random(SEED).sample(sorted({row["category"] for row in rows}), INTENTS))  # noqa: S311
    labels = tuple(Label(intent, intent.replace("_", " ")) for intent in intents)
    texts = [
        Text(Payload("body", row["text"].strip()[:TEXT_CHARS], labels=labels), row["category"])
        for row in rows
        if row["category"] in intents
    ]
    random.Random(SEED).shuffle(texts)  # noqa: S311
    return texts
