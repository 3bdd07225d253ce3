"""BAML around our own transport: it writes the type into a prompt, and aligns an answer to the type.

The runtime reads the generated source (`schemas/baml/outputs.baml`) itself; nothing is called over its clients. Labels
differ from lot to lot: they are put in as the values of an enumeration, for this call only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from bidding.domain.lots import Label, SchemaRef
from bidding.domain.records import Json, JsonObject
from schemas.baml_source import LABELS, SOURCE, function_of
from schemas.outputs import OUTPUT_TYPES

if TYPE_CHECKING:
    from baml_py import BamlRuntime
    from baml_py.baml_py import TypeBuilder

    from bidding.adapters.prompts import Messages

_LABEL_FIELD = "label"
DEPTH_MAX = 32
"""BAML's time grows with the third power of how deep brackets nest; no output type goes past four."""
_NOTHING = frozenset({"None", "null", "nil", "undefined", "NaN"})
_NULL = re.compile(r"\b(null|none|nil|undefined|n/a)\b", re.IGNORECASE)


class CannotAlign(ValueError):
    """The text holds nothing that could be the type, or BAML would have had to make something up."""


def baml_installed() -> bool:
    """Whether the package is there."""
    return find_spec("baml_py") is not None


def with_type(messages: Messages, ref: SchemaRef, labels: Sequence[Label]) -> Messages:
    """The messages with the output type described in the system message, in BAML's words."""
    runtime = _runtime()
    system, *turns = messages
    arguments = {
        "instructions": system["content"],
        "turns": [{"role": turn["role"], "text": turn["content"]} for turn in turns],
    }
    context = runtime.create_context_manager()
    request = runtime.build_request_sync(function_of(ref), arguments, context, _builder(labels), None, {}, False)
    body = request.body.json()
    return [{"role": str(each["role"]), "content": _plain(each["content"])} for each in body["messages"]]


def align(ref: SchemaRef, labels: Sequence[Label], text: str) -> JsonObject:
    """The object that a text means, by schema-aligned parsing. Raises CannotAlign.

    What BAML makes up is not taken: every string of the object, and every null, must stand in the text.
    """
    found = parsed(ref, labels, text)
    _check_nothing_made_up(found, text)
    return found


def parsed(ref: SchemaRef, labels: Sequence[Label], text: str) -> JsonObject:
    """What BAML itself reads, made up or not. Raises CannotAlign where it reads nothing."""
    from baml_py.errors import BamlError  # noqa: PLC0415 - only a broken answer pays for it

    if ref not in OUTPUT_TYPES:
        raise CannotAlign(f"no BAML type for {ref}")
    if _depth(text) > DEPTH_MAX:
        raise CannotAlign(f"brackets nest deeper than {DEPTH_MAX}")
    runtime = _runtime()
    makers = _Makers("baml_types")
    try:
        value = runtime.parse_llm_response(
            function_of(ref), text, makers, makers, makers, False, runtime.create_context_manager(),
            _builder(labels), None, {},
        )  # fmt: skip
    except BamlError as error:
        raise CannotAlign(str(error).split("\n", 1)[0][:200]) from None
    found = cast("JsonObject", _as_json(value))
    if isinstance(chosen := found.get(_LABEL_FIELD), str) and labels:
        found[_LABEL_FIELD] = labels[int(chosen.removeprefix("L"))].name
    return found


def _depth(text: str) -> int:
    """How many brackets are open at once at the most, those in strings counted too."""
    steps = (1 if letter in "[{" else -1 for letter in text if letter in "[{]}")
    return max(accumulate(steps, lambda depth, step: max(0, depth + step), initial=0))


def _check_nothing_made_up(found: JsonObject, text: str) -> None:
    words = _words(text)
    for leaf in _strings(found):
        if _words(leaf) not in words:
            raise CannotAlign(f"{leaf[:60]!r} does not stand in the answer")
        if leaf in _NOTHING:
            raise CannotAlign(f"{leaf!r} is nothing, not a text")
    if _has_null(found) and not _NULL.search(text):
        raise CannotAlign("a value was not understood and taken for nothing")


@cache
def _runtime() -> BamlRuntime:
    from baml_py import BamlRuntime  # noqa: PLC0415

    return BamlRuntime.from_files("baml_src", {SOURCE.name: SOURCE.read_text(encoding="utf-8")}, {})


def _builder(labels: Sequence[Label]) -> TypeBuilder | None:
    from baml_py.baml_py import TypeBuilder  # noqa: PLC0415

    if not labels:
        return None
    builder = TypeBuilder()
    values = builder.enum(LABELS)
    for number, label in enumerate(labels):
        value = values.value(f"L{number}")
        value.alias(label.name)
        if label.description:
            value.description(label.description)
    return builder


class _Makers(ModuleType):
    """Stands in for the modules of a generated client: every class is a plain object, every enumeration its text."""

    def __getattr__(self, name: str) -> Any:
        if name == LABELS or name.startswith("__"):
            raise AttributeError(name)
        return _Plain


class _Plain(dict[str, Any]):
    """What BAML builds in place of a generated class."""

    @classmethod
    def model_validate(cls, value: dict[str, Any]) -> dict[str, Any]:
        """The fields as they are: the real type checks them afterwards."""
        return value


def _as_json(value: Any) -> Json:
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(getattr(value, "value", value))


def _strings(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _strings(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _strings(item)]
    return []


def _has_null(value: Json) -> bool:
    if isinstance(value, dict):
        return any(_has_null(item) for item in value.values())
    return value is None or (isinstance(value, list) and any(_has_null(item) for item in value))


def _words(text: str) -> str:
    """Letters and digits alone: quotes, escapes and white space are what was broken."""
    return re.sub(r"[\W_]|\\n|\\t", "", text.casefold())


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content)
