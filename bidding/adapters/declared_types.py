"""From a declared JSON schema to the pydantic type that holds answers to it.

A subset of JSON Schema is taken, so that every executor can be held to it: objects with named fields, lists, strings,
numbers, booleans, enumerations, and null beside any of them. Whoever declares more is told at ingestion.
Source: JSON Schema, draft 2020-12, Validation.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from bidding.domain.errors import InvalidRequest
from bidding.domain.records import JsonObject

CHARS_MAX = 4_000
DEPTH_MAX = 5
FIELDS_MAX = 40

_ANNOTATIONS = {"title", "description"}
_BOUNDS: dict[str, dict[str, str]] = {
    "string": {"minLength": "min_length", "maxLength": "max_length"},
    "integer": {"minimum": "ge", "maximum": "le"},
    "number": {"minimum": "ge", "maximum": "le"},
    "boolean": {},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
    "object": {},
}
_SCALARS: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
_OWN_KEYS = {"array": {"items"}, "object": {"properties", "required", "additionalProperties"}}


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def checked_schema(schema: dict[str, Any]) -> JsonObject:
    """The schema with every object closed to further fields. Raises InvalidRequest, saying where and what to do."""
    text = json.dumps(schema, sort_keys=True)
    if len(text) > CHARS_MAX:
        raise InvalidRequest(f"output_schema: {len(text)} characters; at most {CHARS_MAX} are allowed")
    if schema.get("type") != "object":
        raise InvalidRequest('output_schema: the answer is an object: write "type": "object"')
    declared_type(text)
    closed = _closed(schema)
    assert isinstance(closed, dict)
    return closed


@lru_cache(maxsize=256)
def declared_type(text: str) -> type[BaseModel]:
    """The type of a schema's JSON. Raises InvalidRequest for what is not in the subset."""
    made = _type_of(json.loads(text), "output_schema", 1, [0])
    assert isinstance(made, type)
    assert issubclass(made, BaseModel)
    return made


def _type_of(node: Any, where: str, depth: int, fields: list[int]) -> Any:
    if not isinstance(node, dict):
        raise InvalidRequest(f"{where}: a schema is an object")
    if depth > DEPTH_MAX:
        raise InvalidRequest(f"{where}: it nests more than {DEPTH_MAX} deep")
    if "enum" in node:
        return _enumeration(node, where)
    names = node.get("type")
    given: list[Any] = names if isinstance(names, list) else [names]
    kinds: list[Any] = [name for name in given if name != "null"]
    if len(kinds) != 1 or kinds[0] not in list(_BOUNDS):
        raise InvalidRequest(f"{where}: type is one of {', '.join(_BOUNDS)}, or a list of one of them and null")
    (kind,) = kinds
    _refuse_others(node, where, {"type", *_BOUNDS[kind], *_OWN_KEYS.get(kind, set())})
    made: Any = _SCALARS.get(kind)
    if kind == "object":
        made = _object(node, where, depth, fields)
    elif kind == "array":
        item: Any = _type_of(node.get("items"), f"{where}.items", depth + 1, fields)
        made = list[item]
    bounds: dict[str, Any] = {
        ours: _bound(node, theirs, where) for theirs, ours in _BOUNDS[kind].items() if theirs in node
    }
    held = Annotated[made, Field(**bounds)] if bounds else made
    return held | None if "null" in given else held


def _object(node: dict[str, Any], where: str, depth: int, fields: list[int]) -> type[BaseModel]:
    properties, required = node.get("properties"), node.get("required", [])
    if not isinstance(properties, dict) or not properties:
        raise InvalidRequest(f"{where}: an object names its fields in properties")
    if node.get("additionalProperties", False) is not False:
        raise InvalidRequest(f"{where}: additionalProperties is false; name the fields instead")
    if not isinstance(required, list) or (unknown := [name for name in required if name not in list(properties)]):
        raise InvalidRequest(f"{where}.required: {unknown if isinstance(required, list) else required} are no fields")
    fields[0] += len(properties)
    if fields[0] > FIELDS_MAX:
        raise InvalidRequest(f"{where}: more than {FIELDS_MAX} fields in all")
    made: dict[str, Any] = {}
    for number, (name, field) in enumerate(properties.items()):
        kind = _type_of(field, f"{where}.{name}", depth + 1, fields)
        default: dict[str, Any] = {} if name in required else {"default": None}
        made[f"field_{number}"] = (kind, Field(alias=name, **default))  # any name is an alias; not every one a field
    return create_model("Declared", __base__=_Declared, **made)


def _enumeration(node: dict[str, Any], where: str) -> Any:
    choices = node["enum"]
    _refuse_others(node, where, {"enum", "type"})
    if not isinstance(choices, list) or not 1 <= len(choices) <= FIELDS_MAX:
        raise InvalidRequest(f"{where}.enum: a list of 1 to {FIELDS_MAX} choices")
    if not all(choice is None or isinstance(choice, str | int | bool) for choice in choices):
        raise InvalidRequest(f"{where}.enum: strings, whole numbers, true, false and null can be chosen")
    return Literal[tuple(choices)]


def _bound(node: dict[str, Any], name: str, where: str) -> float:
    bound = node[name]
    whole = name not in {"minimum", "maximum"}
    if isinstance(bound, bool) or not isinstance(bound, int if whole else int | float) or (whole and bound < 0):
        raise InvalidRequest(f"{where}.{name}: {bound!r} is no bound")
    return bound


def _refuse_others(node: dict[str, Any], where: str, known: set[str]) -> None:
    if others := sorted(set(node) - known - _ANNOTATIONS):
        raise InvalidRequest(f"{where}: {', '.join(others)} cannot be held; leave it out (docs/reference/tasks.md)")


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(properties := node.get("properties"), dict):
        fields = {name: _closed(field) for name, field in properties.items()}
        return {**node, "properties": fields, "additionalProperties": False}
    return {key: _closed(value) for key, value in node.items()}
