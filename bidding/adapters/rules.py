"""Seats without a model: facts by pattern, a summary of leading sentences, an acknowledgement by template.

They cost a millisecond, know nothing of the world, and set the price that a model has to be worth.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import date

from bidding.adapters.facts.acknowledgement import acknowledge
from bidding.adapters.facts.amounts import find_amounts
from bidding.adapters.facts.asks import find_asks
from bidding.adapters.facts.dates import find_dates
from bidding.adapters.facts.people import find_people
from bidding.adapters.facts.sentences import is_courtesy, sentences
from bidding.domain.declared import is_declared
from bidding.domain.errors import EngineFailure
from bidding.domain.jobs import Answer, Job
from bidding.domain.records import Json, JsonObject
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage

TEXT_CHARS_MAX = 20_000
"""Text beyond this is not read."""
FACTS_MAX = 20
SUMMARY_SENTENCES = 3
SUMMARY_CHARS = 400
CHARS_PER_TOKEN = 4

_TELLING = re.compile(r"\d|[$€£¥]|[?？]$")


class RulesEngine:
    """Implements `Engine`; `seat.model` is `extract`, `lead-sentences` or `acknowledgement`."""

    def unavailable_because(self, seat: Seat) -> str | None:
        """A sentence for a model that is none of the rules, else None."""
        return None if seat.model in _RULES else f"no rules {seat.model!r}; there are {', '.join(sorted(_RULES))}"

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """A quarter of the characters of subject and text. Raises EngineFailure `refused` for a declared type."""
        if is_declared(job.output):
            raise EngineFailure("refused", "rules know no type but that of their kind", started=False)
        return 1 + (len(job.payload.subject) + len(job.payload.text)) // CHARS_PER_TOKEN

    def answer(self, seat: Seat, job: Job) -> Answer:
        """Apply the rules; `cpu_ms` is this thread's processor time.

        Raises EngineFailure `refused` for a kind that these rules do not make, `unavailable` for no such rules.
        """
        rule = _RULES.get(seat.model)
        if rule is None:
            raise EngineFailure("unavailable", f"no rules {seat.model!r}", started=False)
        kind, make = rule
        if kind != job.kind:
            raise EngineFailure("refused", f"{seat.model} makes {kind}, not {job.kind}", started=False)
        began = time.thread_time()
        text = json.dumps(make(job), ensure_ascii=False)
        cpu_ms = max(1, round((time.thread_time() - began) * 1_000))
        return Answer(text, Usage(self.count_tokens(seat, job), 1 + len(text) // CHARS_PER_TOKEN, cpu_ms))


def _extract(job: Job) -> JsonObject:
    payload = job.payload
    text = payload.text[:TEXT_CHARS_MAX]
    people: list[Json] = [{"name": name, "span": span} for name, span in find_people(text, payload.sender)]
    dates: list[Json] = [
        {"date": found.day.isoformat() if found.day else None, "span": text[found.start : found.end]}
        for found in find_dates(text, _sent_on(payload.sent_on), payload.language)
    ]
    amounts: list[Json] = [
        {"value": format(money.value, "f"), "currency": money.currency, "span": money.span}
        for money in find_amounts(text)
    ]
    asks: list[Json] = [{"ask": " ".join(span.split()), "span": span} for span in find_asks(text)]
    return {
        "people": people[:FACTS_MAX],
        "dates": dates[:FACTS_MAX],
        "amounts": amounts[:FACTS_MAX],
        "asks": asks[:FACTS_MAX],
    }


def _summarise(job: Job) -> JsonObject:
    """The first sentence that says something, and the next ones with a number or a question, in order."""
    parts = [str(output["summary"]) for output in job.context.values() if output.get("summary")]
    text = "\n".join(parts) if parts else job.payload.text
    said = [sentence for sentence in sentences(text[:TEXT_CHARS_MAX]) if _says_something(sentence)]
    telling = [index for index, sentence in enumerate(said) if index and _TELLING.search(sentence)]
    others = [index for index in range(1, len(said)) if index not in telling]
    chosen = sorted([0, *telling, *others][:SUMMARY_SENTENCES]) if said else []
    summary = " ".join(" ".join(said[index].split()) for index in chosen)
    return {"summary": _cut(summary or job.payload.subject.strip() or "—")}


def _says_something(sentence: str) -> bool:
    """Not a greeting, and not a name or another short line without an end."""
    finished = sentence[-1] in ".?!…。？！:" or len(sentence.split()) > 4 or _TELLING.search(sentence) is not None
    return finished and not is_courtesy(sentence)


def _acknowledge(job: Job) -> JsonObject:
    return {"body": acknowledge(job.payload.subject, job.payload.sender, job.payload.language)}


def _cut(summary: str) -> str:
    if len(summary) <= SUMMARY_CHARS:
        return summary
    end = summary.rfind(" ", SUMMARY_CHARS // 2, SUMMARY_CHARS - 1)
    return summary[: end if end > 0 else SUMMARY_CHARS - 1].rstrip(" ,;") + "…"


def _sent_on(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError:
        return None


_RULES: Mapping[str, tuple[str, Callable[[Job], JsonObject]]] = {
    "extract": ("extract", _extract),
    "lead-sentences": ("summarise", _summarise),
    "acknowledgement": ("draft", _acknowledge),
}
