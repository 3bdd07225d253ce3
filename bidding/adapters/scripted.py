"""An engine that plays a script: for tests and workflow scenarios, where nothing may call a model."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import EngineFailure, FailureReason, Misconfigured
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage

CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Step:
    """What one call does: answer `text`, fail for a reason, or hang until the job's time-out.

    `usage` None counts a token for every four characters, and tells no processor time.
    """

    text: str = "{}"
    failure: FailureReason | None = None
    started: bool = True
    hang: bool = False
    latency_ms: int = 0
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The steps of one seat for one kind of lot, in order; the last one repeats.

    `seat` is a seat id or a model; `part` None serves every part that has no line of its own.
    """

    seat: str
    kind: str
    steps: tuple[Step, ...]
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made."""

    seat: Seat
    job: Job


class ScriptedEngine:
    """Implements `Engine` from lines. `calls` are those made so far, in order."""

    def __init__(self, lines: Sequence[Line], sleep: Callable[[float], None] = time.sleep) -> None:
        self._lines = {(line.seat, line.kind, line.part): line for line in lines}
        self._sleep = sleep
        self._played: Counter[Line] = Counter()
        self._lock = threading.Lock()
        self.calls: list[Call] = []

    def unavailable_because(self, seat: Seat) -> str | None:
        """None: a script needs nothing."""
        return None

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """A quarter of the characters of the subject, the text and the demonstrations."""
        shown = sum(len(demonstration.text) for demonstration in job.demonstrations)
        return 1 + (len(job.payload.subject) + len(job.payload.text) + shown) // CHARS_PER_TOKEN

    def answer(self, seat: Seat, job: Job) -> Answer:
        """Play the next step. Raises EngineFailure as scripted, Misconfigured where the script has no line."""
        step = self._next(seat, job)
        if step.hang or step.latency_ms >= job.timeout_ms:
            self._sleep(job.timeout_ms / 1_000)
            raise EngineFailure("too_slow", f"no answer within {job.timeout_ms} ms")
        if step.latency_ms:
            self._sleep(step.latency_ms / 1_000)
        if step.failure is not None:
            raise EngineFailure(step.failure, "scripted", started=step.started, usage=step.usage)
        tokens = max(1, len(step.text) // CHARS_PER_TOKEN)
        return Answer(step.text, step.usage or Usage(self.count_tokens(seat, job), tokens))

    def _next(self, seat: Seat, job: Job) -> Step:
        part = job.payload.part
        names = [(name, job.kind, place) for place in (part, None) for name in (seat.seat_id, seat.model)]
        with self._lock:
            self.calls.append(Call(seat, job))
            for name in names:
                if line := self._lines.get(name):
                    played = self._played[line]
                    self._played[line] += 1
                    return line.steps[min(played, len(line.steps) - 1)]
        raise Misconfigured(f"the script has no line for seat {seat.seat_id}, kind {job.kind}, part {part}")


def load_script(path: Path) -> list[Line]:
    """Read a script: a JSON list of `{"seat", "kind", "part"?, "steps": [{"text" | "failure" | "hang", …}]}`.

    A step's `text` may be written as the JSON object it stands for. Raises Misconfigured for a wrong script.
    """
    try:
        return [_line(fields) for fields in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Misconfigured(f"script {path}: {error!r}") from error


def _line(fields: dict[str, object]) -> Line:
    steps = tuple(_step(step) for step in cast("list[dict[str, object]]", fields["steps"]))
    if not steps:
        raise ValueError("a line without steps")
    part = fields.get("part")
    return Line(str(fields["seat"]), str(fields["kind"]), steps, None if part is None else str(part))


def _step(fields: dict[str, object]) -> Step:
    given = dict(fields)
    if "text" in given and not isinstance(given["text"], str):
        given["text"] = json.dumps(given["text"], ensure_ascii=False)
    if isinstance(given.get("usage"), dict):
        given["usage"] = Usage(**cast("dict[str, int]", given["usage"]))
    return Step(**given)  # type: ignore[arg-type]
