"""What may leave for logs, metrics and traces: an allow-list of fields, each with the shape of its values.

It fails closed. A field that is not listed is left out; a value that has not the shape of its field is masked. No shape
has room for a sentence or for an address, so text of a task stays out even where somebody puts it into the wrong field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from bidding.domain.dataclass import dataclass

MASK = "***"
"""What stands for a value that did not have the shape of its field."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EXECUTION = re.compile(r"[0-9a-f]{8,64}(?:[-_][0-9a-f]{1,36}){0,8}")
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_CLASS = re.compile(r"[A-Z][A-Za-z]{2,60}")
_PLACE = re.compile(r"[a-z_]{1,40}\.py:\d{1,5}")
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SEAT = re.compile(r"[A-Za-z0-9._/:@-]{1,100}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CODE_CHARS_MAX = 40

Shape = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that may leave: how its values look, and what they mean."""

    shape: Shape
    meaning: str


def _matches(pattern: re.Pattern[str]) -> Shape:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _code(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _CODE_CHARS_MAX and _CODE.fullmatch(value) is not None


def _seat(value: object) -> bool:
    return isinstance(value, str) and _SEAT.fullmatch(value) is not None and not _ADDRESS.search(value)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


_IDENTIFIER = _matches(_ID)

FIELDS: Mapping[str, Field] = {
    "tenant": Field(_matches(_TENANT), "whose; absent where it concerns the whole installation"),
    "function": Field(_code, "module in `lambdas/` that reported it"),
    "request_id": Field(_IDENTIFIER, "invocation of that function"),
    "execution": Field(_matches(_EXECUTION), "name of the state machine's execution that claimed the task"),
    "task_id": Field(_IDENTIFIER, "task; follows it from its trigger to its feedback, and names its trace"),
    "lot_id": Field(_IDENTIFIER, "lot"),
    "auction_id": Field(_IDENTIFIER, "auction: lot, attempt and round"),
    "award_id": Field(_IDENTIFIER, "award"),
    "seat_id": Field(_seat, "seat"),
    "kind": Field(_code, "kind of the lot"),
    "attempt": Field(_count, "attempt at the task, from 1"),
    "round": Field(_count, "round of the auction, from 1"),
    "status": Field(_code, "how it ended"),
    "reason": Field(_code, "reason code, see the glossary"),
    "lots": Field(_count, "lots"),
    "done_lots": Field(_count, "lots that an earlier attempt finished"),
    "failed_lots": Field(_count, "lots without an answer"),
    "waves": Field(_count, "waves of lots"),
    "bids": Field(_count, "bids"),
    "no_bids": Field(_count, "seats that did not bid"),
    "policy_version": Field(_count, "version of the policy"),
    "price_micros": Field(_count, "quoted price"),
    "hold_micros": Field(_count, "money held for the worst case"),
    "cost_micros": Field(_count, "actual cost"),
    "best_single_micros": Field(_count, "what the seat believed best would have cost"),
    "promised_quality": Field(_number, "quality that the winner was believed to give"),
    "propensity": Field(_number, "winner's chance before the draw"),
    "explored": Field(_flag, "whether the winner was picked uniformly"),
    "multiplier": Field(_number, "λ that was drawn"),
    "latency_ms": Field(_count, "milliseconds of the model call"),
    "input_tokens": Field(_count, "tokens read"),
    "output_tokens": Field(_count, "tokens written"),
    "road": Field(_code, "how the answer became its type"),
    "resolution": Field(_code, "settled, or voided where no call began"),
    "source": Field(_code, "who judged: failure, checks, judge, human"),
    "reward": Field(_number, "reward in [0, 1]; absent where nobody could tell"),
    "corrected": Field(_flag, "whether the human gave a corrected answer"),
    "shown": Field(_flag, "whether the right answer is a demonstration now"),
    "verdict": Field(_code, "approved, edited, rejected, or expired"),
    "waited_ms": Field(_count, "milliseconds from the question to its answer"),
    "outcomes": Field(_count, "outcomes folded"),
    "voided": Field(_count, "holds given back"),
    "settled": Field(_count, "holds settled because a call had begun"),
    "partitions": Field(_count, "partitioned tables"),
    "rows_in_default": Field(_count, "rows that no month had room for"),
    "budget_used": Field(_number, "share of the fullest budget that is spent or held"),
    "concentration": Field(_number, "Herfindahl index of the last hour's wins"),
    "wins": Field(_count, "awards of the last hour"),
    "open_holds": Field(_count, "holds not resolved"),
    "oldest_hold_ms": Field(_count, "age of the oldest of them"),
    "unsealed_ms": Field(_count, "age of the oldest row that no receipt covers"),
    "receipts": Field(_count, "receipts written"),
    "rows": Field(_count, "rows they cover"),
    "chunks": Field(_count, "chunks of the log"),
    "chunk": Field(_count, "which of them, from 0"),
    "auctions": Field(_count, "auctions in it"),
    "policies": Field(_count, "policies asked about"),
    "refused": Field(_count, "policies that the log cannot answer for"),
    "tasks": Field(_count, "tasks"),
    "objects": Field(_count, "stored objects deleted"),
    "error": Field(_matches(_CLASS), "class of the error"),
    "side": Field(_code, "who must act: caller, model, operator, or unexpected"),
    "place": Field(_matches(_PLACE), "file and line that raised it"),
    "milliseconds": Field(_number, "how long the function ran"),
}
"""Every field that may leave, in the order in which a line tells them."""


def disclosed(known: Mapping[str, object]) -> dict[str, object]:
    """What of `known` may leave."""
    return {name: known[name] if field.shape(known[name]) else MASK for name, field in FIELDS.items() if name in known}
