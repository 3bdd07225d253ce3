"""People named in a mail: whom it greets, who signs it, and whom it gives a title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bidding.adapters.facts.sentences import CLOSING, GREETING
from bidding.adapters.facts.words import words

_TITLES = (
    "Mr|Mrs|Ms|Mx|Dr|Prof|Herrn?|Frau|M|Mme|Mlle|Monsieur|Madame|Sr|Sra|Señora?|Senhora?|Dott|Sig|Signora?|Dhr|Mevr"
    "|Pan(?:i|ie)?"
)
_NAME_WORD = r"[^\W\d_][^\W\d_'’-]{0,24}(?:['’-][^\W\d_]{1,24})?"
_PARTICLES = r"(?:van|von|de|der|den|da|di|del|la|le|bin|al|ten|ter|zu|dos|das)"
_NAME = rf"{_NAME_WORD}(?: (?:{_PARTICLES} ){{0,2}}{_NAME_WORD}){{0,3}}"
_TITLED = re.compile(rf"(?<!\w)(?:{_TITLES})\.? (?P<name>{_NAME_WORD}(?: {_NAME_WORD})?)")
_WHOLE_NAME = re.compile(rf"(?:(?:{_TITLES})\.? )?(?P<name>{_NAME})\s{{0,4}}(?:[,|/(–-].{{0,80}})?\.?$")
_GREETED = re.compile(rf"[ ,]{{1,2}}(?:(?:{_TITLES})\.? )?(?P<name>{_NAME})\s?[,!:.]?$")
_JAPANESE = re.compile(r"(?P<name>[\u4e00-\u9fff\u30a0-\u30ff々]{1,8}) ?(?:様|さま|さん|先生)")
_NOBODY = frozenset(
    words(
        "all team everyone everybody there sir madam sirs folks friend customer user support member "
        "colleague colleagues damen herren kollegen zusammen tous toutes équipe todos equipo tutti team "
        "squadra equipe allemaal iedereen państwo sent from iphone android thanks regards best cheers "
        "hello please reply none again"
    )
)
LINES_READ = 60
NAMES_MAX = 40
NAME_CHARS = 200


def find_people(text: str, sender: str) -> list[tuple[str, str]]:
    """Names with their exact words, in the order of the text; a part of a longer name found is left out."""
    lines = [line.strip()[:160] for line in text.splitlines() if line.strip()]
    found = [*_greeted(lines[:3]), *_sender(text, sender), *_signed(lines[-LINES_READ:]), *_titled(text)]
    unique = {name.casefold(): name for name in found[:NAMES_MAX] if len(name) <= NAME_CHARS and name in text}
    kept = [name for key, name in unique.items() if not any(key != other and _within(key, other) for other in unique)]
    return [(name, name) for name in sorted(kept, key=text.index)]


def _within(name: str, other: str) -> bool:
    return f" {name} " in f" {other} "


def _greeted(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if (greeting := GREETING.match(line)) and (match := _GREETED.match(line.split(",")[0], greeting.end())):
            yield from _written_like_a_name(match["name"].split())


def _titled(text: str) -> Iterator[str]:
    for pattern in (_TITLED, _JAPANESE):
        for match in pattern.finditer(text):
            name = match["name"].split()
            yield from _written_like_a_name(name[: 2 if name[-1][0].isupper() else 1])


def _signed(lines: list[str]) -> Iterator[str]:
    """The line after a closing, the rest of a closing's own line, or the last line."""
    signed = False
    for index, line in enumerate(lines):
        closing = CLOSING.match(line)
        if closing is None:
            continue
        rest = line[closing.end() :].lstrip(" ,!.-–")
        candidate = rest or (lines[index + 1] if index + 1 < len(lines) else "")
        if match := _WHOLE_NAME.match(candidate):
            yield from _written_like_a_name(match["name"].split())
            signed = True
    if not signed and len(lines) > 1 and lines[-2][-1] in ".?!。" and (match := _WHOLE_NAME.match(lines[-1])):
        yield from _written_like_a_name(match["name"].split())


def _sender(text: str, sender: str) -> Iterator[str]:
    """The sender's display name where the text has it, else the first name on a line of its own."""
    name = sender.strip().strip("\"'")
    if "@" in name or not name or not name[0].isupper():
        return
    if name in text:
        yield name[:200]
    elif re.search(rf"^\W{{0,4}}{re.escape(name.split()[0][:60])}\W{{0,4}}$", text, re.MULTILINE):
        yield name.split()[0][:60]


def _written_like_a_name(name: list[str]) -> Iterator[str]:
    """The words as one name, if each begins with a capital, has no case or is a particle, and none is a common word."""
    capital = all(word[0].isupper() or not word[0].isascii() or re.fullmatch(_PARTICLES, word) for word in name)
    if capital and name[0][0].isalpha() and not any(word.casefold() in _NOBODY for word in name):
        yield " ".join(name)
