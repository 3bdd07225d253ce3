"""Which of a few languages a text is in, by its commonest words: enough to notice an answer in the wrong one."""

from __future__ import annotations

import re
from collections.abc import Mapping

_COMMON: Mapping[str, tuple[str, ...]] = {
    "de": (
        "der die das und ist nicht ich sie wir mit für",
        "ein eine zu den auf bitte haben wird von im",
    ),
    "en": (
        "the and is not you we with for a an to",
        "on please have will of in that this your our",
    ),
    "es": (
        "el la los las y es no usted con para un",
        "una por favor que de en su nuestro gracias",
    ),
    "fr": (
        "le la les et est pas vous nous avec pour un",
        "une je que de des en votre notre merci",
    ),
    "it": (
        "il la gli e è non lei noi con per un",
        "una che di del in si vostro grazie sono",
    ),
    "nl": (
        "de het een en is niet u wij met voor van",
        "op dat te graag uw onze zijn wordt ik",
    ),
    "pl": (
        "i w na nie się jest z do że proszę o",
        "dla pan pani oraz od przez jak tym są",
    ),
    "pt": (
        "o a os as e é não você com para um",
        "uma por favor que de em seu nosso obrigado",
    ),
}
_WORD = re.compile(r"[^\W\d_]+")
WORDS_MIN = 6


def language_matches(text: str, language: str | None) -> float | None:
    """1 where `text` is in this language, 0 where another one is clearly meant; None where nobody can tell."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if language is None or language not in _COMMON or len(words) < WORDS_MIN:
        return None
    shares = {
        name: sum(word in common for word in words) / len(words)
        for name, lines in _COMMON.items()
        if (common := frozenset(" ".join(lines).split()))
    }
    best = max(shares.values())
    if best < 0.15:
        return None
    return float(shares[language] >= 0.75 * best)
