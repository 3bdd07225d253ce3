"""The output types, resolved by reference: their JSON schema, and the roads from a model's text to the type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from bidding.adapters.declared_types import declared_type
from bidding.domain.declared import is_declared, reference
from bidding.domain.errors import EngineFailure, InvalidRequest, UnknownRecord
from bidding.domain.lots import Payload, SchemaRef
from bidding.domain.proposals import check_proposal
from bidding.domain.records import Json, JsonObject, Road
from schemas.base import Wire
from schemas.outputs import OUTPUT_TYPES, Classification, Extraction, Plan
from schemas.problems import first_problem

_OPEN_ENDS = frozenset("0123456789.-+")
"""A number may go on after any of these."""
ANSWER_CHARS_MAX = 50_000
"""No output type needs more; a longer answer is a model that lost its way."""


def json_schema(ref: SchemaRef, payload: Payload) -> JsonObject:
    """See `TypedOutputs`."""
    if is_declared(ref):
        return cast("JsonObject", dict(_declaration(ref, payload)))
    model = _model(ref)
    schema = _schema(model)
    properties = schema.get("properties")
    names: list[Json] = [label.name for label in payload.labels]
    if issubclass(model, Plan):
        return _of_kinds(schema, names, payload.sections)
    if not issubclass(model, Classification) or not isinstance(properties, dict):
        return schema
    return {**schema, "properties": {**properties, "label": {"enum": [*names, None]}}}


def parse(ref: SchemaRef, payload: Payload, text: str) -> tuple[JsonObject, Road]:
    """See `TypedOutputs`."""
    if len(text) > ANSWER_CHARS_MAX:
        raise EngineFailure("invalid", f"the answer has {len(text)} characters, at most {ANSWER_CHARS_MAX} are read")
    problem = ""
    for road, read in ROADS.items():
        if road != "strict" and was_cut(text):
            raise EngineFailure("invalid", f"the answer ends within a value; {problem}")
        try:
            return read(ref, payload, text), road
        except (ValidationError, InvalidRequest) as error:
            problem = problem or _problem(error)
        except (ValueError, RecursionError):  # a repairer that gives up
            continue
    raise EngineFailure("invalid", problem)


def validate(ref: SchemaRef, payload: Payload, value: object) -> JsonObject:
    """See `TypedOutputs`."""
    try:
        return _checked(_type(ref, payload).model_validate(value), payload)
    except ValidationError as error:
        raise InvalidRequest(_problem(error)) from None


def _of_kinds(schema: JsonObject, kinds: list[Json], sections: int) -> JsonObject:
    """The schema of a plan with the kinds and sections that this one may name."""
    lots: Any = cast("Any", schema)["properties"]["lots"]
    fields = lots["items"]["properties"]
    fields = {**fields, "kind": {"enum": kinds}, "section": {**fields["section"], "maximum": max(1, sections)}}
    items = {**lots["items"], "properties": fields}
    return {**schema, "properties": {"lots": {**lots, "items": items}}}


@cache
def _schema(model: type[Wire]) -> JsonObject:
    schema = model.model_json_schema()
    return cast("JsonObject", _inline(schema, schema.get("$defs", {})))


def _model(ref: SchemaRef) -> type[Wire]:
    try:
        return OUTPUT_TYPES[ref]
    except KeyError:
        known = ", ".join(sorted(OUTPUT_TYPES))
        raise UnknownRecord(f"no output type {ref!r}; there are {known}") from None


def _type(ref: SchemaRef, payload: Payload) -> type[BaseModel]:
    """The type that answers are held to."""
    if not is_declared(ref):
        return _model(ref)
    return declared_type(json.dumps(_declaration(ref, payload), sort_keys=True))


def _declaration(ref: SchemaRef, payload: Payload) -> Mapping[str, object]:
    """The schema behind a reference. Raises UnknownRecord where the payload has none, or another."""
    schema = payload.output_schema
    if schema is None or reference(schema) != ref:
        raise UnknownRecord(f"the payload does not hold the schema {ref!r}")
    return schema


def _checked(value: BaseModel, payload: Payload) -> JsonObject:
    """The value as JSON. Raises InvalidRequest for a label that is not offered, a span not in the text, a bad plan."""
    if isinstance(value, Classification) and value.label is not None:
        names = [label.name for label in payload.labels]
        if value.label not in names:
            raise InvalidRequest(f"label: {value.label!r} is none of {', '.join(names) or 'no labels'}")
    if isinstance(value, Extraction):
        _check_spans(value, payload)
    written = cast(
        "JsonObject", value.model_dump(mode="json", by_alias=True, exclude_unset=not isinstance(value, Wire))
    )
    if isinstance(value, Plan):
        check_proposal(written, payload)
    return written


def _check_spans(value: Extraction, payload: Payload) -> None:
    """Raises InvalidRequest for a span that is not in the text: a fact without its source is invented."""
    text = _folded(f"{payload.sender} {payload.subject} {payload.text}")
    spans = [person.span for person in value.people] + [mention.span for mention in value.dates]
    spans += [amount.span for amount in value.amounts] + [ask.span for ask in value.asks]
    for span in spans:
        if _folded(span) not in text:
            raise InvalidRequest(f"span: {span!r} does not stand in the text")


def _folded(text: str) -> str:
    """Without case and runs of white space; angle brackets as prompts show them."""
    return " ".join(text.casefold().replace("<", "(").split())


def _problem(error: ValidationError | InvalidRequest) -> str:
    return str(error) if isinstance(error, InvalidRequest) else first_problem(error, "answer")


def _strict(ref: SchemaRef, payload: Payload, text: str) -> JsonObject:
    return _checked(_type(ref, payload).model_validate_json(_encoded(text), strict=True), payload)


def _repaired(ref: SchemaRef, payload: Payload, text: str) -> JsonObject:
    """The text with its JSON repaired: fences, prose around it, quotes and commas."""
    import json_repair  # noqa: PLC0415 - only a broken answer pays for it

    return _strict(ref, payload, json.dumps(json_repair.loads(text)))


def _aligned(ref: SchemaRef, payload: Payload, text: str) -> JsonObject:
    """The text aligned to the schema by BAML, where that is installed."""
    from bidding.adapters.baml import align, baml_installed  # noqa: PLC0415

    if is_declared(ref):
        raise ValueError("BAML knows the registered types only")
    if not baml_installed():
        raise ValueError("baml-py is not installed")
    if _fields(text) > _model(ref).model_fields.keys():
        raise ValueError("it says more than the type holds, which BAML would drop without a word")
    return _strict(ref, payload, json.dumps(align(ref, payload.labels, text)))


def _fields(text: str) -> set[str]:
    """Names of the fields of the object that a text is, as far as it can be repaired to one."""
    import json_repair  # noqa: PLC0415

    found = json_repair.loads(text)
    return set(found) if isinstance(found, dict) else set()


ROADS: Mapping[Road, Callable[[SchemaRef, Payload, str], JsonObject]] = {
    "strict": _strict,
    "repaired": _repaired,
    "aligned": _aligned,
}
"""In the order in which they are tried."""


def was_cut(text: str) -> bool:
    """Whether a text ends within a value: a repair would take the part that is there for the whole."""
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    if start < 0:
        return False
    depth, quoted, escaped = 0, False, False
    for sign in text[start:]:
        if quoted:
            quoted, escaped = escaped or sign != '"', sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        else:
            depth += (sign in "{[") - (sign in "}]")
    return quoted or (depth > 0 and text.rstrip()[-1] in _OPEN_ENDS)


def _encoded(text: str) -> bytes:
    """Lone surrogates are no text: they become question marks before pydantic sees them."""
    return text.encode("utf-8", "replace")


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    """Replace every `$ref` by what it refers to. The output types are not recursive."""
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inline(definitions[node["$ref"].removeprefix("#/$defs/")], definitions)
    return {key: _inline(value, definitions) for key, value in node.items() if key != "$defs"}
