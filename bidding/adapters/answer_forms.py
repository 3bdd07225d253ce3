"""What all engines of hosted models share: the schema in the dialect that providers take, and a count of tokens."""

from __future__ import annotations

import json

from bidding.adapters.baml import with_type
from bidding.adapters.prompts import Messages, as_data
from bidding.domain.declared import is_declared
from bidding.domain.jobs import Job
from bidding.domain.records import Json, JsonObject

CHARS_PER_TOKEN = 3.6
BYTES_PER_TOKEN = 4.0
"""Mean over English mail; lower for other scripts. The bill comes from the usage that a provider reports."""

_UNSUPPORTED_KEYS = frozenset(
    {"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "default", "title", "format", "pattern"}
)


def provider_schema(schema: JsonObject) -> JsonObject:
    """The schema without the bounds that structured outputs refuse, every field required; parsing checks the rest."""
    supported = _supported(schema)
    assert isinstance(supported, dict)
    return supported


def schema_name(job: Job) -> str:
    """The output type as a name that providers take."""
    return job.output.replace(".", "_")


def with_written_type(messages: Messages, job: Job) -> Messages:
    """The messages with the output type said in words: in BAML's, or as JSON schema where a job declared it."""
    if not is_declared(job.output):
        return with_type(messages, job.output, job.payload.labels)
    system, *turns = messages
    told = f"{system['content']}\nAnswer with JSON of this schema:\n{as_data(json.dumps(job.json_schema))}"
    return [{"role": "system", "content": told}, *turns]


def estimated_tokens(messages: Messages, job: Job) -> int:
    """An estimate from the messages and the schema; by bytes where a script takes more than one a character."""
    texts = [message["content"] for message in messages] + [json.dumps(job.json_schema)]
    by_chars = sum(len(text) for text in texts) / CHARS_PER_TOKEN
    by_bytes = sum(len(text.encode("utf-8", "replace")) for text in texts) / BYTES_PER_TOKEN
    return 1 + int(max(by_chars, by_bytes))


def _supported(node: Json) -> Json:
    if isinstance(node, list):
        return [_supported(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(properties := node.get("properties"), dict):
        kept: dict[str, Json] = {key: value for key, value in node.items() if key != "properties"}
        fields: dict[str, Json] = {name: _supported(field) for name, field in properties.items()}
        return {**_without_bounds(kept), "properties": fields, "required": list(properties)}
    return _without_bounds(node)


def _without_bounds(node: dict[str, Json]) -> dict[str, Json]:
    return {key: _supported(value) for key, value in node.items() if key not in _UNSUPPORTED_KEYS}
