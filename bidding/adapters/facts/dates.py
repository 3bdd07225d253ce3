"""Dates in a text: many ways to write one, each with its exact words. One that names no certain day is None."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bidding.adapters.facts.calendar_words import LAST, MONTHS, MONTHS_SHORT, NEARBY, NEXT, ONLY_IN, WEEKDAYS
from bidding.domain.dataclass import dataclass

_WORD = r"[^\W\d_]{3,14}"
_NUMBERED = re.compile(r"(?<![\d.,/-])(\d{1,4})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/]|[.-]\d)")
_DAY_MONTH = re.compile(
    rf"(?<![\d.,:])(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[ \u00a0]{{1,2}}(?:of |de |den )?({_WORD})\.?"
    r"(?:,? (?:de |del )?(\d{4})(?!\d))?"
)
_MONTH_DAY = re.compile(rf"(?<!\w)({_WORD})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)(?:,? (\d{{4}})(?!\d))?")
_SHORT_DOTTED = re.compile(r"(?<![\d.,])(\d{1,2})\.(\d{1,2})\.(?![\d\w])")
_EAST_ASIAN = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")
_WORDS = re.compile(r"[^\W\d_]{2,14}(?:['’-][^\W\d_]{2,14})?|[今本明後昨月火水木金土日曜]{2,3}")
_JOINT = re.compile(r"[ ,.]{0,3}(?:(?:the|den|dem|le|el|de|dia) )?")
_DOTTED_LANGUAGES = frozenset({"de", "pl", "cs", "sk", "fi", "no", "da"})
_EAST_ASIAN_DAY = re.compile(r"明後日|今日|本日|明日|昨日|[月火水木金土日]曜日?")


@dataclass(frozen=True, slots=True)
class Found:
    """A date and where its words stand in the text."""

    day: date | None
    start: int
    end: int


def find_dates(text: str, sent_on: date | None, language: str | None) -> list[Found]:
    """Dates in the order of the text, none overlapping.

    A day without a year, a weekday or a word such as `tomorrow` is resolved from the day of sending, and is None
    where that is not known; so is a date like 3/4/2026 in English, where nobody knows which is the month.
    """
    written = [*_numeric(text, sent_on, language), *_textual(text, sent_on, language)]
    found: list[Found] = []
    for each in sorted([*written, *_relative(text, sent_on, language)], key=lambda found: (found.start, -found.end)):
        if found and each.start < found[-1].end:
            continue
        if found and _continues(text, found[-1], each):
            found[-1] = Found(each.day, found[-1].start, each.end)
        else:
            found.append(each)
    return found


def _continues(text: str, weekday: Found, other: Found) -> bool:
    """`Friday, 6 March` is one date: a weekday joins the written date that follows."""
    named = text[weekday.start : weekday.end].casefold() in WEEKDAYS
    written = any(character.isdigit() for character in text[other.start : other.end])
    return named and written and _JOINT.fullmatch(text, weekday.end, other.start) is not None


def _numeric(text: str, sent_on: date | None, language: str | None) -> Iterator[Found]:
    for match in _NUMBERED.finditer(text):
        first, separator, second, third = match.groups()
        if len(first) == 4:
            yield Found(_day(int(first), int(second), int(third)), *match.span())
        elif len(first) < 3:
            year = int(third) + (2_000 if len(third) == 2 else 0)
            yield Found(_ordered(int(first), int(second), year, separator, language), *match.span())
    for match in _EAST_ASIAN.finditer(text):
        written, month, day = match.groups()
        yield Found(_resolved(int(written) if written else None, int(month), int(day), sent_on), *match.span())
    if language in _DOTTED_LANGUAGES:
        for match in _SHORT_DOTTED.finditer(text):
            if 1 <= int(match[1]) <= 31 and 1 <= int(match[2]) <= 12:
                yield Found(_resolved(None, int(match[2]), int(match[1]), sent_on), *match.span())


def _textual(text: str, sent_on: date | None, language: str | None) -> Iterator[Found]:
    for match in _DAY_MONTH.finditer(text):
        day, word, year = match.groups()
        month = _month(word, language)
        if month and 1 <= int(day) <= 31:
            end = match.end() if year or text[match.end() - 1] != "." else match.end() - 1
            yield Found(_resolved(int(year) if year else None, month, int(day), sent_on), match.start(), end)
    for match in _MONTH_DAY.finditer(text):
        word, day, year = match.groups()
        month = _month(word, language) if word[0].isupper() else None
        if month and 1 <= int(day) <= 31:
            yield Found(_resolved(int(year) if year else None, month, int(day), sent_on), *match.span())


def _relative(text: str, sent_on: date | None, language: str | None) -> Iterator[Found]:
    before, before_start = "", 0
    for match in _WORDS.finditer(text):
        word = match.group().casefold().replace("’", "'")
        if word in WEEKDAYS:
            turn = 1 if before in NEXT else -1 if before in LAST else 0
            start = before_start if turn else match.start()
            yield Found(_weekday(WEEKDAYS[word], turn, sent_on), start, match.end())
        elif word in NEARBY and ONLY_IN.get(word, language) == language:
            yield Found(sent_on + timedelta(days=NEARBY[word]) if sent_on else None, *match.span())
        before, before_start = word, match.start()
    for match in _EAST_ASIAN_DAY.finditer(text):
        word = match.group()
        offset = NEARBY.get(word)
        if offset is None:
            yield Found(_weekday(WEEKDAYS[word], 0, sent_on), *match.span())
        else:
            yield Found(sent_on + timedelta(days=offset) if sent_on else None, *match.span())


def _month(word: str, language: str | None) -> int | None:
    name = word.casefold()
    return MONTHS.get(name) or MONTHS_SHORT.get(language or "", {}).get(name)


def _ordered(first: int, second: int, year: int, separator: str, language: str | None) -> date | None:
    """Day first, but with slashes in English whichever can only be the day."""
    if separator == "/" and language in {None, "en"}:
        if first <= 12 and second <= 12 and first != second:
            return None
        if first <= 12:
            return _day(year, first, second)
    return _day(year, second, first)


def _resolved(year: int | None, month: int, day: int, sent_on: date | None) -> date | None:
    """A date without a year is the one nearest to the day of sending."""
    if year is not None:
        return _day(year, month, day)
    if sent_on is None:
        return None
    nearby = [found for step in (0, 1, -1) if (found := _day(sent_on.year + step, month, day))]
    return min(nearby, key=lambda found: abs(found - sent_on), default=None)


def _weekday(weekday: int, turn: int, sent_on: date | None) -> date | None:
    """The coming one after the day of sending; `next` is in the week after, `last` before the day of sending."""
    if sent_on is None:
        return None
    monday = sent_on - timedelta(days=sent_on.weekday())
    if turn > 0:
        return monday + timedelta(days=7 + weekday)
    if turn < 0:
        return sent_on - timedelta(days=(sent_on.weekday() - weekday - 1) % 7 + 1)
    return sent_on + timedelta(days=(weekday - sent_on.weekday() - 1) % 7 + 1)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
