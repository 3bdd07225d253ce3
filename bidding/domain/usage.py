"""What a model call consumed."""

from __future__ import annotations

from bidding.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What one model call consumed.

    `input_tokens` are those billed as input: neither read from a cache nor written to one. `cpu_ms` is processor time,
    None where the provider does not tell.
    """

    input_tokens: int
    output_tokens: int
    cpu_ms: int | None = None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    @property
    def prompt_tokens(self) -> int:
        """All tokens of the prompt, whatever each cost."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
