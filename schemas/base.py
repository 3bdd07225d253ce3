"""What all wire types share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Micros = Annotated[int, Field(ge=0, le=10**15, description="micro-dollars")]
Identifier = Annotated[str, Field(min_length=1, max_length=128)]
Key = Annotated[str, Field(min_length=1, max_length=1024, description="object key")]
ShortText = Annotated[str, Field(max_length=500)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Wire(BaseModel):
    """A type that crosses a process: immutable, and unknown fields are refused."""

    # A function uses few of the types that it imports: validators are built when first asked for.
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True, allow_inf_nan=False, defer_build=True)
