"""States and definitions, as short as a test needs them."""

from __future__ import annotations

import json
from typing import Any


def task(resource: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    """A Task state that ends unless it has a Next."""
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **end, **fields}


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    """A Task that hands its input to a function and yields what it returns."""
    fields.setdefault("Output", "{% $states.result.Payload %}")
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    return task("arn:aws:states:::lambda:invoke", arguments, **fields)


def definition(**states: Any) -> str:
    """A JSONata definition that starts at the first of its states."""
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})
