"""JSON schemas as a model server of llama.cpp takes them: an LLGuidance grammar, asked for through Outlines.

The server's own `response_format` lets a model fill its token limit with line breaks between the fields. As an
LLGuidance grammar the same schema allows no space outside strings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bidding.domain.records import Json, JsonObject

if TYPE_CHECKING:
    from outlines.models.openai import OpenAITypeAdapter

ITEMS_MAX = 2
"""Per list: a small model repeats itself beyond that, and every item costs half a second."""
ITEM_CHARS_MAX = 60
"""Per string of a list's item, so that a list ends before the tokens do."""

_ANNOTATIONS = frozenset({"description", "title", "default"})


def answer_schema(kind: str, schema: JsonObject) -> JsonObject:
    """The schema of what the model itself writes: every field, short lists, and for `classify` one label.

    A small model that may abstain always does, so null is no choice; its confidence is measured instead. One that may
    say what the lots of a plan need has them need each other in a circle, so it may not.
    """
    if kind != "classify":
        lean = _lean(schema)
        assert isinstance(lean, dict)
        return _without_needs(lean) if kind == "decompose" else lean
    properties = schema["properties"]
    assert isinstance(properties, dict)
    label = properties["label"]
    assert isinstance(label, dict)
    choices = label["enum"]
    assert isinstance(choices, list)
    names: list[Json] = [name for name in choices if name is not None]
    return {
        "type": "object",
        "properties": {"label": {"enum": names}},
        "required": ["label"],
        "additionalProperties": False,
    }


def type_adapter() -> OpenAITypeAdapter:
    """Outlines' translation of messages and output types to a request, with the grammar road of llama.cpp."""
    from outlines.models.openai import OpenAITypeAdapter  # noqa: PLC0415 - 0.2 s that only a running model pays

    class LlamaTypeAdapter(OpenAITypeAdapter):
        """Sends a JSON schema as an LLGuidance grammar."""

        def format_json_output_type(self, schema: dict[str, Any]) -> dict[str, Any]:
            """The schema as a grammar without free white space."""
            strict = {**schema, "x-guidance": {"whitespace_flexible": False}}
            return {"extra_body": {"grammar": f"%llguidance {{}}\nstart: %json {json.dumps(strict)}"}}

    return LlamaTypeAdapter()


def _without_needs(plan: JsonObject) -> JsonObject:
    steps: Any = plan["properties"]
    items = steps["lots"]["items"]
    fields = {name: field for name, field in items["properties"].items() if name != "needs"}
    lots = {**steps["lots"], "items": {**items, "properties": fields, "required": list(fields)}}
    return {**plan, "properties": {"lots": lots}}


def _lean(node: Json, *, in_list: bool = False) -> Json:
    """The schema without annotations, all fields required, lists and their strings short, numbers not as strings."""
    if isinstance(node, list):
        return [_lean(item, in_list=in_list) for item in node]
    if not isinstance(node, dict):
        return node
    lean: JsonObject = {}
    for key, value in node.items():
        if key == "properties" and isinstance(value, dict):
            lean["properties"] = {name: _lean(field, in_list=in_list) for name, field in value.items()}
            lean["required"] = list(value)
        elif key == "anyOf" and {"type": "number"} in _items(_lean(value)):
            lean["type"] = "number"
        elif key not in _ANNOTATIONS and key != "required":
            lean[key] = _lean(value, in_list=in_list or key == "items")
    if lean.get("type") == "array":
        lean["maxItems"] = max(ITEMS_MAX, _least(lean, "minItems"))
    if in_list and lean.get("maxLength"):
        lean["maxLength"] = max(ITEM_CHARS_MAX, _least(lean, "minLength"))
    return lean


def _least(node: JsonObject, bound: str) -> int:
    least = node.get(bound)
    return least if isinstance(least, int) else 0


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
