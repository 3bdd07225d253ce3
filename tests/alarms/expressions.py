"""CloudWatch metric math, as far as our alarms use it: arithmetic, comparisons, IF and FILL.

A point is computed where every metric of the expression has one. Dividing by zero gives no point.
Source: Amazon CloudWatch, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from tests.alarms.series import Points

_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class UnknownExpression(ValueError):
    """An expression uses what is not known here: teach it, or write the alarm without."""


def evaluate(expression: str, series: Mapping[str, Points]) -> Points:
    """The series of an expression over named series. Raises UnknownExpression."""
    tree = ast.parse(expression, mode="eval").body
    times = {time for points in series.values() for time in points}
    computed = {time: _value(tree, series, time) for time in times}
    return {time: value for time, value in computed.items() if value is not None}


def _value(  # noqa: PLR0911  one way out per kind of expression
    node: ast.expr, series: Mapping[str, Points], time: int
) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in series:
            return series[name].get(time)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value = _value(inner, series, time)
            return None if value is None else -value
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _ARITHMETIC:
            return _apply(_ARITHMETIC[type(operation)], _value(left, series, time), _value(right, series, time))
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            compare = _COMPARISONS[type(comparison)]
            return _apply(lambda a, b: float(compare(a, b)), _value(left, series, time), _value(right, series, time))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            decided = _value(condition, series, time)
            return None if decided is None else _value(then if decided else otherwise, series, time)
        case ast.Call(func=ast.Name(id="FILL"), args=[inner, default]):
            value = _value(inner, series, time)
            return _value(default, series, time) if value is None else value
        case _:
            raise UnknownExpression(f"not known here: {ast.unparse(node)}")


def _apply(operation: Callable[[float, float], float], left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        return operation(left, right)
    except ZeroDivisionError:
        return None
