"""The same emails through every local executor: what is valid, how quick, how right.

A seat with demonstrations is shown the nearest of the other emails with their labels, as if people had verified them.
Scores: `classify` the share of right labels, `extract` F1 over dates and amounts against the inbox's own labels,
texts the mean of the deterministic checks that `RecordOutcome` makes.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bidding.adapters.embeddings import MiniLmEmbedder
from bidding.adapters.engines import EngineShop
from bidding.adapters.intake import parse_document
from bidding.adapters.llama.server import LlamaServer
from bidding.adapters.llama.weights import missing_weights, weights_file
from bidding.adapters.outputs import TypedOutputs
from bidding.domain.calls import CallSettings
from bidding.domain.decomposition import decompose
from bidding.domain.errors import EngineFailure
from bidding.domain.ids import LotId, SeatId
from bidding.domain.jobs import Answer, Job
from bidding.domain.lots import DEFAULT_TERMS, Payload, TaskOptions
from bidding.domain.records import Demonstration, Json, JsonObject
from bidding.domain.rewards import agreement, check, checked_reward
from bidding.domain.seats import PriceList, Seat
from stacks.local.commands.output import say
from stacks.local.errors import NotMeasurable
from stacks.local.seats import LOCAL_SEATS

KINDS = ("classify", "extract", "summarise", "draft")
SERVED = "smollm2-135m"


@dataclass(frozen=True, slots=True)
class Mail:
    """An email of the example inbox with what is known of it."""

    name: str
    payload: Payload
    known: dict[str, Any]
    embedding: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: how it ended, by which road, how long it took, how good it was."""

    ended: str
    road: str | None
    milliseconds: float
    output_tokens: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One executor at one kind."""

    executor: str
    kind: str
    calls: int
    valid: int
    failures: dict[str, int]
    leaked: int
    roads: dict[str, int]
    p50_ms: float
    p95_ms: float
    tokens_per_second: float | None
    score: float | None


def measure_executors(inbox: Path, mails: int, only: Collection[str] = ()) -> list[Line]:
    """Every local executor that is installed, or those named, at every kind that it serves.

    Raises NotMeasurable where one that is named is not there.
    """
    loaded = _load(inbox)[:mails]
    outputs, lines = TypedOutputs(), []
    with _executors() as (shop, seats):
        names = [seat.seat_id for seat in seats]
        if unknown := set(only).difference(names):
            raise NotMeasurable(f"no executor {', '.join(sorted(unknown))}; there are {', '.join(names)}")
        for seat in seats:
            if only and seat.seat_id not in only:
                continue
            engine = shop.engine_of(seat)
            if missing := engine.unavailable_because(seat):
                say(f"{seat.seat_id} is left out:", missing)
                continue
            for kind in [kind for kind in KINDS if kind in seat.kinds]:
                jobs = [(mail, _job(mail, kind, seat, loaded, outputs)) for mail in loaded]
                _one(shop, seat, *jobs[0], outputs)  # loading a model is no part of a call
                line = _line(seat, kind, [_one(shop, seat, mail, job, outputs) for mail, job in jobs])
                say(f"{seat.seat_id}, {kind}:", f"{line.valid} of {line.calls} valid, {line.p50_ms:,.0f} ms")
                lines.append(line)
    return lines


@contextmanager
def _executors() -> Iterator[tuple[EngineShop, list[Seat]]]:
    """The seats of a local installation, and one model once more behind its OpenAI endpoint, held in three ways."""
    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))  # weights that come in parts are joined there
        shop = EngineShop(MiniLmEmbedder(), cache)
        stack.callback(shop.close)
        seats = list(LOCAL_SEATS)
        if missing_weights(SERVED) is None:
            server = LlamaServer(weights_file(SERVED, cache))
            stack.callback(server.close)
            seats += _served(server.base_url)
        yield shop, seats


def _served(base_url: str) -> list[Seat]:
    call = CallSettings(base_url=base_url, brief=True)
    forms = {
        "native_schema": call,
        "constrained": replace(call, form="constrained", grammar="llguidance"),
        "free_text": replace(call, form="free_text"),
    }
    return [
        Seat(
            seat_id=SeatId(f"{SERVED}/served-{form}"),
            engine="openai_compatible",
            model=SERVED,
            kinds=frozenset({"classify", "summarise"}),
            location="on_host",
            prices=PriceList(),
            max_output_tokens=160,
            timeout_ms=45_000,
            call=replace(settings, form=form),  # type: ignore[arg-type]
        )
        for form, settings in forms.items()
    ]


def _load(inbox: Path) -> list[Mail]:
    known = json.loads((inbox / "labels.json").read_text(encoding="utf-8"))["emails"]
    embedder = MiniLmEmbedder()
    mails = []
    for name in sorted(known):
        message, _ = parse_document((inbox / name).read_bytes())
        payload = decompose(message, TaskOptions(kinds=frozenset({"classify"})))[0].payload
        mails.append(Mail(name, payload, known[name], embedder.embed(f"{payload.subject}\n{payload.text}".strip())))
    return mails


def _job(mail: Mail, kind: str, seat: Seat, mails: Sequence[Mail], outputs: TypedOutputs) -> Job:
    payload = mail.payload if kind == "classify" else replace(mail.payload, labels=())
    output = DEFAULT_TERMS[kind].output
    return Job(
        kind=kind,
        payload=payload,
        output=output,
        json_schema=outputs.json_schema(output, payload),
        demonstrations=_nearest(mail, mails, seat.demonstrations) if kind == "classify" else (),
        context={},
        max_output_tokens=seat.max_output_tokens,
        timeout_ms=seat.timeout_ms,
    )


def _nearest(mail: Mail, mails: Sequence[Mail], count: int) -> tuple[Demonstration, ...]:
    others = [other for other in mails if other is not mail]
    others.sort(key=lambda other: -sum(a * b for a, b in zip(mail.embedding, other.embedding, strict=True)))
    return tuple(
        Demonstration(
            LotId(other.name),
            "classify",
            "",
            f"{other.payload.subject}\n{other.payload.text}",
            {"label": other.known["category"], "confidence": 1.0},
            "human",
            other.embedding,
        )
        for other in others[:count]
    )


def _one(shop: EngineShop, seat: Seat, mail: Mail, job: Job, outputs: TypedOutputs) -> Call:
    began = time.monotonic()
    answer: Answer | None = None
    road, score, tokens = None, None, 0
    try:
        answer = shop.engine_of(seat).answer(seat, job)
        passed = 1_000 * (time.monotonic() - began)
        tokens = answer.usage.output_tokens
        output, road = outputs.parse(job.output, job.payload, answer.text)
        ended, score = "valid", _score(mail, job, output)
    except EngineFailure as failure:
        passed = 1_000 * (time.monotonic() - began)
        ended, score = failure.reason, 0.0
    except Exception as error:
        passed, ended = 1_000 * (time.monotonic() - began), f"leaked {type(error).__name__}"
    return Call(ended, road, passed, tokens, score)


def _score(mail: Mail, job: Job, output: JsonObject) -> float | None:
    match job.kind:
        case "classify":
            return float(output.get("label") == mail.known["category"])
        case "extract":
            return agreement("extract", _facts(output), _facts(_true(mail)))
        case _:
            return checked_reward(check(job.kind, job.payload, output))


def _true(mail: Mail) -> JsonObject:
    dates: list[Json] = [{"date": day} for day in mail.known["dates"]]
    amounts: list[Json] = [{"value": amount["value"]} for amount in mail.known["amounts"]]
    return {"dates": dates, "amounts": amounts}


def _facts(output: JsonObject) -> JsonObject:
    return {name: output.get(name) or [] for name in ("dates", "amounts")}


def _line(seat: Seat, kind: str, calls: Sequence[Call]) -> Line:
    times = sorted(call.milliseconds for call in calls)
    scores = [call.score for call in calls if call.score is not None]
    written = sum(call.output_tokens for call in calls)
    speaks = seat.engine in {"llama_cpp", "openai_compatible"}
    return Line(
        executor=seat.seat_id,
        kind=kind,
        calls=len(calls),
        valid=sum(call.ended == "valid" for call in calls),
        failures=dict(Counter(call.ended for call in calls if call.ended not in {"valid"})),
        leaked=sum(call.ended.startswith("leaked") for call in calls),
        roads=dict(Counter(call.road for call in calls if call.road)),
        p50_ms=statistics.median(times),
        p95_ms=times[min(len(times) - 1, int(0.95 * len(times)))],
        tokens_per_second=1_000 * written / sum(times) if speaks else None,
        score=statistics.fmean(scores) if scores else None,
    )
