"""What each parser makes of the broken answers: right, silently wrong, refused, or an exception that leaked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bidding.adapters.baml import CannotAlign, parsed
from bidding.adapters.outputs import TypedOutputs
from bidding.domain.errors import EngineFailure, InvalidRequest
from bidding.domain.lots import SchemaRef
from bidding.domain.records import Json, JsonObject
from schemas.outputs import OUTPUT_TYPES
from stacks.local.bench.engines.corpus import CORPUS, MAIL, Broken

Verdict = str
"""`right`, `wrong` (silently), `refused` or `leaked`."""
Parser = Callable[[Broken], tuple[JsonObject, str]]
"""An answer's object and the road it came by. Raises one of REFUSALS."""

REFUSALS = (ValueError, EngineFailure, InvalidRequest, CannotAlign, RecursionError)
_NUMBER = re.compile(r"\d+\.\d+")
_OUTPUTS = TypedOutputs()


@dataclass(frozen=True, slots=True)
class RoadReport:
    """Verdicts by parser, of the chain by road, and the cases that it got wrong."""

    cases: int
    parsers: dict[str, dict[str, int]]
    chain: dict[str, dict[str, int]]
    wrong: tuple[str, ...]
    refused: tuple[str, ...]


def measure_roads() -> RoadReport:
    """Give every broken answer to every parser."""
    counts = {name: Counter[str](_judge(parse, broken)[0] for broken in CORPUS) for name, parse in PARSERS.items()}
    by_road: dict[str, Counter[str]] = {}
    judged = {broken.name: _judge(PARSERS["chain"], broken) for broken in CORPUS}
    for verdict, road in judged.values():
        by_road.setdefault(road, Counter())[verdict] += 1
    return RoadReport(
        cases=len(CORPUS),
        parsers={name: dict(count) for name, count in counts.items()},
        chain={road: dict(count) for road, count in sorted(by_road.items())},
        wrong=tuple(name for name, (verdict, _) in judged.items() if verdict in {"wrong", "leaked"}),
        refused=tuple(broken.name for broken in CORPUS if broken.truth and judged[broken.name][0] == "refused"),
    )


def _judge(parse: Parser, broken: Broken) -> tuple[Verdict, str]:
    try:
        found, road = parse(broken)
    except REFUSALS:
        return "refused", "refused"
    except Exception as error:
        return "leaked", type(error).__name__
    return ("right" if _plain(found) == _plain(_truth(broken)) else "wrong"), road


def _truth(broken: Broken) -> JsonObject | None:
    """What is meant, as the type writes it."""
    return None if broken.truth is None else _validated(broken, broken.truth)


def _plain(value: Json) -> Json:
    """The same with numbers written one way: 49.0 and 49.00 are one amount."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(Decimal(value).normalize()) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _validated(broken: Broken, value: object) -> JsonObject:
    return _OUTPUTS.validate(SchemaRef(broken.output), MAIL, value)


def _json_loads(broken: Broken) -> tuple[JsonObject, str]:
    return _validated(broken, json.loads(broken.text)), "json.loads"


def _pydantic(broken: Broken) -> tuple[JsonObject, str]:
    model = OUTPUT_TYPES[broken.output].model_validate_json(broken.text, strict=True)
    return _validated(broken, model.model_dump(mode="json")), "pydantic"


def _json_repair(broken: Broken) -> tuple[JsonObject, str]:
    import json_repair  # noqa: PLC0415

    return _validated(broken, json_repair.loads(broken.text)), "json-repair"


def _baml(broken: Broken) -> tuple[JsonObject, str]:
    return _validated(broken, parsed(SchemaRef(broken.output), MAIL.labels, broken.text)), "BAML"


def _chain(broken: Broken) -> tuple[JsonObject, str]:
    return _OUTPUTS.parse(SchemaRef(broken.output), MAIL, broken.text)


PARSERS: dict[str, Parser] = {
    "json.loads": _json_loads,
    "pydantic, strict": _pydantic,
    "json-repair": _json_repair,
    "BAML": _baml,
    "chain": _chain,
}
"""All but pydantic's own are followed by the same lenient validation, so that only parsing is compared."""
