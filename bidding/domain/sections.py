"""Long text in parts that fit a prompt."""

from __future__ import annotations

SECTION_CHARS = 2_400
SECTIONS_MAX = 4


def sections(text: str) -> list[str]:
    """Cut at paragraph ends where one is near; text beyond SECTIONS_MAX sections is left out."""
    cuts: list[str] = []
    rest = text
    while rest and len(cuts) < SECTIONS_MAX:
        cut = len(rest)
        if cut > SECTION_CHARS:
            cut = max(rest.rfind(mark, SECTION_CHARS // 2, SECTION_CHARS) for mark in ("\n\n", "\n", ". ", " "))
            cut = SECTION_CHARS if cut < 0 else cut + 1
        cuts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return cuts
