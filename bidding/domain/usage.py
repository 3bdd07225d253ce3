"""What a model call consumed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What one model call consumed. `cpu_ms` is processor time, None where the provider does not tell."""

    input_tokens: int
    output_tokens: int
    cpu_ms: int | None = None
