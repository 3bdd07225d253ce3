"""Output types that a job declares for a lot, as a JSON schema.

Such a type has no name: its reference is its own hash, so that the ledger says which type an answer was held to, and
nobody can put another schema in its place.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping

from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.records import Json, JsonObject

KINDS = frozenset({"extract", "summarise", "draft"})
"""Lots that may declare one. A label's type is its labels, a plan's is the plan."""
_PREFIX = "declared."
_HASH_DIGITS = 32


def reference(schema: Mapping[str, object]) -> SchemaRef:
    """The reference of a schema: the same for the same JSON."""
    text = json.dumps(schema, sort_keys=True, ensure_ascii=False)
    return SchemaRef(_PREFIX + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_HASH_DIGITS])


def is_declared(ref: SchemaRef) -> bool:
    """Whether a reference is the hash of a declared schema."""
    return ref.startswith(_PREFIX)


def judged_as(lot: Lot) -> str:
    """The kind that the answers of a lot are judged as: what a declared type means, no check of a kind knows."""
    return "declared" if is_declared(lot.output) else lot.kind


def leaves(value: Json, path: str = "") -> Counter[tuple[str, str]]:
    """The scalars of a value, each with the path to it; the order of lists does not matter."""
    if isinstance(value, dict):
        return sum((leaves(item, f"{path}.{name}") for name, item in value.items()), Counter())
    if isinstance(value, list):
        return sum((leaves(item, f"{path}[]") for item in value), Counter())
    return Counter({(path, " ".join(str(value).casefold().split())): 1})


def fields_of(schema: JsonObject) -> list[str]:
    """The fields of an object's schema, one line each: name, and what it says of it."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return []
    return [
        f"{name}: {field['description']}" if isinstance(field, dict) and field.get("description") else name
        for name, field in properties.items()
    ]
