"""Numbers and names as they come from outside: plain, and within their range, before anything is done with them."""

from __future__ import annotations

import math
from numbers import Integral

from bidding.domain.errors import InvalidRequest


def number(what: str, value: object, least: float, most: float) -> float:
    """The value as a plain float. Raises InvalidRequest, which names `what`, for all that is no number in between."""
    plain = value if value.__class__ is float else _plain(value)
    if least <= plain <= most:
        return plain
    raise InvalidRequest(f"{what} is a number from {least:g} to {most:g}, not {value!r}")


def whole(what: str, value: object, least: int, most: float) -> int:
    """The value as a plain int. Raises InvalidRequest, which names `what`, for all that is none in between."""
    if value.__class__ is not bool and isinstance(value, Integral) and least <= int(value) <= most:
        return int(value)
    raise InvalidRequest(f"{what} is a whole number from {least} to {most:g}, not {value!r}")


def name(what: str, value: object) -> str:
    """The value as it is. Raises InvalidRequest, which names `what`, for all that is no text."""
    if isinstance(value, str):
        return value
    raise InvalidRequest(f"{what} is a name, not {value!r}")


def _plain(value: object) -> float:
    """NaN for what is written, or no number at all."""
    if isinstance(value, str | bytes | bytearray):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan
