"""The JSON schemas of request bodies in draft 4, which is what models of API Gateway are written in.

`python -m schemas.api.draft4` writes them to `schemas/api/draft4/`. Draft 4 is laxer in places: the function validates
again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.api.requests import BODIES
from schemas.base import Wire

FOLDER = Path(__file__).parent / "draft4"
_UNKNOWN_TO_DRAFT_4 = {"propertyNames", "contentEncoding", "contentMediaType", "examples", "default", "title", "format"}


def schema_of(body: type[Wire]) -> dict[str, Any]:
    """The schema of one body. A default is left out: API Gateway fills none in."""
    converted: dict[str, Any] = _converted(body.model_json_schema())
    return {"$schema": "http://json-schema.org/draft-04/schema#", **converted}


def text_of(body: type[Wire]) -> str:
    """The schema as it is committed."""
    return json.dumps(schema_of(body), indent=2, ensure_ascii=False) + "\n"


def _converted(schema: Any) -> Any:
    """Draft 2020-12 as pydantic writes it, in the words of draft 4."""
    if isinstance(schema, list):
        return [_converted(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:  # draft 4 ignores whatever stands beside a reference
        return {"$ref": schema["$ref"].replace("#/$defs/", "#/definitions/")}
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key not in _UNKNOWN_TO_DRAFT_4:
            out |= _keyword(key, value)
    return out


def _keyword(key: str, value: Any) -> dict[str, Any]:
    match key:
        case "$defs":
            return {"definitions": {name: _converted(each) for name, each in value.items()}}
        case "properties":
            return {"properties": {name: _converted(each) for name, each in value.items()}}
        case "const":
            return {"enum": [value]}
        case "exclusiveMinimum" | "exclusiveMaximum":
            return {key.removeprefix("exclusive").lower(): value, key: True}
        case "enum" | "required":
            return {key: value}
        case _:
            return {key: _converted(value)}


def write() -> None:
    """Write every schema to its file."""
    FOLDER.mkdir(exist_ok=True)
    for name, body in BODIES.items():
        (FOLDER / f"{name}.json").write_text(text_of(body), encoding="utf-8")


if __name__ == "__main__":
    write()
