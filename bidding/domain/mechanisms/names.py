"""The names of the mechanisms, for those who do not pay by them."""

from __future__ import annotations

from typing import Literal, get_args

Mechanism = Literal["first_score", "second_score", "learning"]
MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)
