"""The `.baml` source of the output types, generated from the pydantic models.

    python -m schemas.baml_source        writes schemas/baml/outputs.baml anew; a test keeps it true

One function per output type takes instructions and chat turns, and adds the description of the type. Its client is
never called: BAML renders the prompt and aligns the answer, the call in between is ours. No client code is generated:
the runtime reads the source itself (docs/adr/0040).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.outputs import OUTPUT_TYPES

SOURCE = Path(__file__).parent / "baml" / "outputs.baml"
LABELS = "Label"
"""The enumeration that each lot fills with its own labels."""

_HEADER = """\
// Generated from schemas/outputs.py by `python -m schemas.baml_source`. Do not edit.

client<llm> Seat {
  provider "openai-generic"
  options {
    model "seat"
    base_url "http://localhost"
    api_key "none"
  }
}

class Turn {
  role string
  text string
}

enum Label {
  @@dynamic
}
"""
_FUNCTION = """
function %s(instructions: string, turns: Turn[]) -> %s {
  client Seat
  prompt #"
    {{ _.role("system") }}
    {{ instructions }}
    {{ ctx.output_format }}
    {%% for turn in turns %%}
    {{ _.role(turn.role) }}
    {{ turn.text }}
    {%% endfor %%}
  "#
}
"""
_SCALARS = {"string": "string", "number": "float", "integer": "int", "boolean": "bool", "null": "null"}


def function_of(ref: str) -> str:
    """The BAML function of an output type: `classification.v1` is `ClassificationV1`."""
    return "".join(part.capitalize() for part in ref.split("."))


def baml_source() -> str:
    """The whole source. Raises ValueError for a type that it cannot say."""
    models = list(dict.fromkeys(OUTPUT_TYPES.values()))
    _, schema = models_json_schema([(model, "validation") for model in models])
    classes = "".join(_class(name, fields) for name, fields in schema["$defs"].items())
    functions = "".join(_FUNCTION % (function_of(ref), model.__name__) for ref, model in OUTPUT_TYPES.items())
    return _HEADER + classes + functions


def _class(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    lines = [_field(name, field, spec, field in required) for field, spec in schema["properties"].items()]
    return f"\nclass {name} {{\n" + "".join(lines) + "}\n"


def _field(owner: str, name: str, spec: dict[str, Any], required: bool) -> str:
    kind = f"{LABELS}?" if (owner, name) == ("Classification", "label") else _type(spec)
    if not required and not kind.endswith(("?", "[]")):
        kind += "?"
    about = spec.get("description")
    return f"  {name} {kind}" + (f' @description("{about}")' if about else "") + "\n"


def _type(spec: dict[str, Any]) -> str:
    if "$ref" in spec:
        return str(spec["$ref"].rsplit("/", 1)[1])
    if "enum" in spec:
        return "(" + " | ".join(f'"{value}"' for value in spec["enum"]) + ")"
    if "anyOf" in spec:
        kinds = [_type(option) for option in spec["anyOf"]]
        if "string" in kinds and "float" in kinds:  # a decimal: text keeps every digit
            kinds.remove("float")
        plain = [kind for kind in kinds if kind != "null"]
        return " | ".join(plain) + ("?" if "null" in kinds else "")
    if spec.get("type") == "array":
        return f"{_type(spec['items'])}[]"
    if spec.get("type") in _SCALARS:
        return _SCALARS[spec["type"]]
    raise ValueError(f"no BAML type for {spec}")


if __name__ == "__main__":
    SOURCE.parent.mkdir(exist_ok=True)
    SOURCE.write_text(baml_source(), encoding="utf-8")
