"""JSONata for Step Functions: expressions over bound variables, with the functions that AWS adds.

Values are bound as they are, never written into the text of an expression, so quotes and line breaks in them
mean nothing.
"""

import hashlib
import json
import math
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

import jsonata  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]

_IDLE_PER_EXPRESSION_MAX = 32


class JsonataError(Exception):
    """An expression could not be compiled or evaluated, or its result is not JSON."""


class _Undefined:
    """JSONata's `undefined`, which is not JSON's null."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = _Undefined()


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Evaluate `expression` with `variables` (names without the dollar sign) bound to JSON values.

    The result is a fresh JSON value that shares nothing with the variables, or `UNDEFINED`.

    Raises:
        JsonataError: the expression is malformed, fails, or yields something that is not JSON.
    """
    compiled = _borrow(expression)
    try:
        # jsonata-python keeps the clock and scope of an evaluation on the last expression made by this thread.
        jsonata.Jsonata.CURRENT.jsonata = compiled
        result = compiled.evaluate(None, variables)
        if result is None:
            return UNDEFINED
        return json.loads(json.dumps(Utils.convert_nulls(result), allow_nan=False))
    except RecursionError as error:
        raise JsonataError("the expression nests too deeply") from error
    except Exception as error:  # the engine lets KeyError, TypeError and the like out besides its own errors
        raise JsonataError(f"{error}") from error
    finally:
        _give_back(expression, compiled)


def check(expression: str) -> None:
    """Compile `expression`.

    Raises:
        JsonataError: it is malformed.
    """
    _give_back(expression, _borrow(expression))


_idle: dict[str, deque[Any]] = {}
_idle_lock = threading.Lock()


def _borrow(expression: str) -> Any:
    """A compiled expression for one evaluation: the engine writes to it, so it is never shared meanwhile."""
    with _idle_lock:
        waiting = _idle.get(expression)
        if waiting:
            return waiting.pop()
    try:
        compiled = jsonata.Jsonata(expression)
    except Exception as error:  # besides its own errors the parser lets IndexError and the like out
        raise JsonataError(f"{error}") from error
    compiled.set_output_convert_nulls(False)
    compiled.set_validate_input(False)
    for name, function in _AWS_FUNCTIONS.items():
        compiled.register_lambda(name, function)
    return compiled


def _give_back(expression: str, compiled: Any) -> None:
    with _idle_lock:
        waiting = _idle.setdefault(expression, deque(maxlen=_IDLE_PER_EXPRESSION_MAX))
        waiting.append(compiled)


def _partition(values: list[Any] | None, size: float) -> list[list[Any]] | None:
    if values is None:
        return None
    step = math.floor(size)
    if step < 1:
        raise ValueError("$partition: the chunk size has to be at least 1")
    return [list(values[start : start + step]) for start in range(0, len(values), step)]


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ValueError("$range: the step must not be 0")
    return [first + index * step for index in range(math.floor((last - first) / step) + 1)]


def _hash(value: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", "").lower(), value.encode()).hexdigest()


_AWS_FUNCTIONS: Final = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "uuid": lambda: str(uuid.uuid4()),
    "parse": json.loads,
}
