"""Which language a text is written in."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

MIN_LETTERS = 20
# Scripts that say more with one sign.
MIN_WIDE_LETTERS = 6
MIN_PROBABILITY = 0.5
MAX_CHARS = 4_000


class Identifier(Protocol):
    """The part of py3langid that is used here."""

    def classify(self, text: str) -> tuple[str, float]:
        """The most probable language and its probability."""


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of the language of `text`; None where it is too short or too mixed to tell."""
    sample = text[:MAX_CHARS]
    letters = sum(letter.isalpha() for letter in sample)
    wide = sum(letter >= "\u3040" for letter in sample if letter.isalpha())
    if letters < MIN_LETTERS and wide < MIN_WIDE_LETTERS:
        return None
    language, probability = _identifier().classify(sample)
    return language if len(language) == 2 and probability >= MIN_PROBABILITY else None


@lru_cache(maxsize=1)
def _identifier() -> Identifier:
    """The model, loaded on first use (about half a second)."""
    # Imported here: whoever only reads headers should not pay for the model.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier: Identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier
