"""Sentences of a mail's text, as exact slices of it. One pass, linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bidding.adapters.facts.words import words

_BOUNDARY = re.compile(r"[.!?…]{1,8}[\"'”»)\]]{0,3}(?=\s|$)|[。！？]|\n")
_ABBREVIATIONS = frozenset(
    words(
        "mr mrs ms dr prof st nr no vs etc e.g i.e z.b d.h u.a bzw ca inkl exkl tel str m mme mlle sr "
        "sra sig dott dhr mevr o.a np tj ul pan al approx inc ltd co jr mio mrd mln tys"
    )
)
_BULLET = re.compile(r"\s{0,8}(?:[-*•–>]|\d{1,2}[.)])\s")
WRAPPED_LINE_CHARS = 50
"""A line break ends a sentence after a shorter line; after a longer one it may be the mail program's."""

GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|guten (?:tag|morgen|abend)|liebe[rs]?"
    r"|sehr geehrte[rs]?"
    r"|bonjour|bonsoir|cher|chère|salut|madame|monsieur|hola|buenos días|buenas tardes|estimad[oa]s?|querid[oa]"
    r"|ciao|buongiorno|buonasera|salve|gentile|car[oa]|olá|bom dia|boa tarde|prezad[oa]s?|beste|geachte|goedemorgen"
    r"|goedemiddag|goedendag|cześć|dzień dobry|szanown[yai]|drog[ia]|witam)\b",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"(?:(?:many |kind )?thanks(?: again| so much)?|thank you(?: very much| again)?|cheers|sincerely|yours \w{1,12}"
    r"|(?:best|kind|kindest|warm|many) (?:regards|wishes)|best|regards|viele grüße|danke|lg|mfg"
    r"|(?:mit )?(?:besten|freundlichen|herzlichen|schönen|lieben|vielen) (?:grüßen|dank)"
    r"|(?:liebe|beste|freundliche|herzliche|schöne) grüße|cordialement|bien (?:à vous|cordialement)"
    r"|merci(?: d'avance| beaucoup)?(?! de\b)|salutations|(?:un )?saludos?(?: cordiales)?|gracias|atentamente"
    r"|cordiali saluti|(?:distinti )?saluti|grazie(?: mille)?|atenciosamente|obrigad[oa]|cumprimentos|abraços"
    r"|met vriendelijke groet(?:en)?|groet(?:en|jes)?|bedankt|z poważaniem|pozdrawiam|pozdrowienia|dziękuję)(?!\w)",
    re.IGNORECASE,
)


def sentences(text: str) -> Iterator[str]:
    """Sentences in order, without the white space around them. A slice may contain a wrapped line's break."""
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        if not _ends(text, start, boundary):
            continue
        end = boundary.start() if boundary.group() == "\n" else boundary.end()
        if sentence := text[start:end].strip():
            yield sentence
        start = boundary.end()
    if rest := text[start:].strip():
        yield rest


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence only greets, thanks or signs."""
    if GREETING.match(sentence):
        return (len(sentence) < 60 and sentence[-1] not in ".?!") or len(sentence.split()) < 4
    closing = CLOSING.match(sentence)
    return closing is not None and len(sentence) - closing.end() < 30 and "?" not in sentence


def _ends(text: str, start: int, boundary: re.Match[str]) -> bool:
    following = text[boundary.end() : boundary.end() + 40]
    if boundary.group() == "\n":
        line = text[max(start, text.rfind("\n", start, boundary.start()) + 1) : boundary.start()]
        wrapped = len(line) > WRAPPED_LINE_CHARS and following.strip() and not _BULLET.match(following)
        return not (wrapped and following[:1] not in "\n\r")
    if boundary.group() != ".":
        return True
    before = text[max(start, boundary.start() - 12) : boundary.start()].split()
    last = before[-1].lstrip("(\"'„“") if before else ""
    abbreviated = (
        last.casefold() in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()) or (last.isdigit() and len(last) < 3)
    )
    return not abbreviated or following.strip() == ""
