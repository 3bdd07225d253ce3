"""Numbers as they come from outside: plain, and within their range, before anything is done with them."""

from __future__ import annotations

import math

from bidding.domain.errors import InvalidRequest


def number(what: str, value: object, least: float, most: float) -> float:
    """The value as a plain float. Raises InvalidRequest, which names `what`, for all that is no number in between."""
    try:
        plain = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        plain = math.nan
    if least <= plain <= most and value.__class__ is not str:
        return plain
    raise InvalidRequest(f"{what} is a number from {least:g} to {most:g}, not {value!r}")
