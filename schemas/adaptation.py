"""Wire types of `adapt_variants`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Fraction, Identifier, Micros, Wire
from schemas.terms import Kind


class CompileRequest(Wire):
    """Input of CompileVariant, and of `adapt_variants`: search for a better prompt of one seat at one kind."""

    version: Literal[1] = 1
    tenant: Identifier
    kind: Kind
    seat_id: Identifier
    optimizer: Literal["labeled", "bootstrap", "search"] = "search"
    exploration_micros: Micros = 2_000


class CompiledVariant(Wire):
    """Answer of CompileVariant. `variant` is the challenger's seat, None where no prompt was better than the usual one.

    `right` and `base_right` are mean agreements with what was verified, over `examined` lots kept apart.
    """

    version: Literal[1] = 1
    variant: Identifier | None
    instruction: Annotated[str, Field(max_length=2_000)]
    demonstrations: Annotated[tuple[Identifier, ...], Field(max_length=64)]
    right: Fraction
    base_right: Fraction
    examined: Annotated[int, Field(ge=0)]
