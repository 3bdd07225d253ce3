"""From an answer to a reward in [0, 1].

Three kinds of judge, by authority: a human (correction or score), a judge seat, deterministic checks. The most
authoritative judgement stands as the reward of a lot; WEIGHTS says how much each teaches the policy. A failed
execution is worth 0. Schema validity alone earns nothing: what no judge could tell is None.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, cast

from bidding.domain.declared import leaves
from bidding.domain.judging import CRITERIA
from bidding.domain.languages import language_matches
from bidding.domain.lots import Payload
from bidding.domain.records import Json, JsonObject, Outcome, OutcomeSource
from bidding.domain.weighed_lots import ABSTAINED_REWARD

WEIGHTS: dict[OutcomeSource, float] = {"failure": 1.0, "checks": 0.25, "judge": 0.5, "human": 1.0}
_AUTHORITY: dict[OutcomeSource, int] = {"failure": 0, "checks": 1, "judge": 2, "human": 3}

_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d[\d.,:]*\d|\d")
_PLACEHOLDER = re.compile(r"\[[^\]\n]{2,40}\]|<[a-z ]{3,40}>|\bx{3,}\b", re.IGNORECASE)
_FACT = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|[€$£]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:€|EUR|USD|GBP|CHF|PLN)"
)

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DIGITS = re.compile(r"\d+")
_WORDS_COMPARED = 400

_WITHOUT_SPACES = frozenset({"ja", "zh", "th", "lo", "km", "my"})
"""Languages whose words cannot be told apart by spaces: comparing words says nothing there."""

Checks = Mapping[str, float]


def check(kind: str, payload: Payload, output: JsonObject, context: Sequence[str] = ()) -> Checks:
    """Deterministic checks of an answer, each in [0, 1]; empty where this kind has none that say anything.

    `context` are texts that the seat was shown beside the payload, such as summaries of a long text's sections.
    """
    judge = _CHECKS.get(kind)
    if judge is None:
        return {}
    return judge(replace(payload, text="\n".join([payload.text, *context])) if context else payload, output)


def standing(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The judgement that stands among those of one execution, given in their order; None where nobody could tell."""
    told = [outcome for outcome in outcomes if outcome.reward is not None]
    return max(reversed(told), key=lambda outcome: _AUTHORITY[outcome.source], default=None)


def checked_reward(parts: Checks) -> float | None:
    """The mean of the checks, None where there are none."""
    return sum(parts.values()) / len(parts) if parts else None


def agreement(kind: str, output: JsonObject, corrected: JsonObject) -> float:
    """How far an answer agrees with a human's correction of it, in [0, 1].

    `classify`: the same label, or ABSTAINED_REWARD for none where there is one. `extract`: F1 over items by their
    values. `decompose`: F1 over lots by kind and section. `declared`:
    F1 over all scalars by their path. `judge`: how near the scores are. Texts: the share of words that need no edit.
    """
    match kind:
        case "classify":
            right = output.get("label") == corrected.get("label")
            return 1.0 if right else ABSTAINED_REWARD * (output.get("label") is None)
        case "extract":
            return _f1(_items(output), _items(corrected))
        case "declared":
            return _f1(leaves(output), leaves(corrected))
        case "decompose":
            return _f1(_steps(output), _steps(corrected))
        case "judge":
            return 1.0 - abs(verdict_score(output) - verdict_score(corrected))
        case _:
            return _similarity(_text_of(output), _text_of(corrected))


def verdict_parts(verdict: JsonObject) -> Checks:
    """A judge's score for each criterion."""
    return {name: float(cast("Any", verdict[name])["score"]) for name in CRITERIA}


def verdict_reasons(verdict: JsonObject) -> list[tuple[str, float, str]]:
    """Criterion, score and the judge's reason for it."""
    return [(name, score, str(cast("Any", verdict[name])["reason"])) for name, score in verdict_parts(verdict).items()]


def verdict_score(verdict: JsonObject) -> float:
    """The mean of a verdict's scores, in [0, 1]."""
    return math.fsum(verdict_parts(verdict).values()) / len(CRITERIA)


def field_agreement(kind: str, output: JsonObject, corrected: JsonObject) -> Checks:
    """F1 of every field of an extraction that either side fills; empty for other kinds."""
    if kind != "extract":
        return {}
    found, true = _items(output), _items(corrected)
    fields = sorted({name for name, _ in found | true})
    return {
        name: _f1(
            Counter({item: count for item, count in found.items() if item[0] == name}),
            Counter({item: count for item, count in true.items() if item[0] == name}),
        )
        for name in fields
    }


def _check_extraction(payload: Payload, output: JsonObject) -> Checks:
    """Spans must occur in the text, amounts in their span; dates and sums in the text must be found."""
    text = _folded(payload.text)
    items = [item for name in ("people", "dates", "amounts", "asks") for item in _list(output, name)]
    spans = [_folded(str(item.get("span", ""))) for item in items]
    facts = [_folded(match.group()) for match in _FACT.finditer(payload.text)]
    if not items and not facts:
        return {}
    parts = {"grounded": sum(span in text for span in spans) / len(spans) if spans else 0.0}
    if facts:
        parts["coverage"] = sum(any(fact in span or span in fact for span in spans) for fact in facts) / len(facts)
    amounts = _list(output, "amounts")
    if amounts:
        parts["amounts"] = sum(_amount_matches(amount) for amount in amounts) / len(amounts)
    dates = [matched for each in _list(output, "dates") if (matched := _date_matches(each)) is not None]
    if dates:
        parts["dates"] = sum(dates) / len(dates)
    return parts


def _check_summary(payload: Payload, output: JsonObject) -> Checks:
    """A summary speaks of what the text speaks of, invents no numbers, is shorter, and does not stutter."""
    summary = _text_of(output)
    words, source = _words(summary), Counter(_words(payload.text))
    if not source or payload.language in _WITHOUT_SPACES:
        return {}
    topics = [word for word, _ in source.most_common(8)]
    numbers = _NUMBER.findall(summary)
    return {
        "grounded": sum(word in source for word in words) / len(words) if words else 0.0,
        "topics": sum(topic in words for topic in topics) / len(topics),
        "numbers": sum(number in payload.text for number in numbers) / len(numbers) if numbers else 1.0,
        "shorter": float(len(summary) <= max(120, 0.7 * len(payload.text))),
        "fluent": _distinct_share(words),
        **_language(summary, payload),
    }


def _check_draft(payload: Payload, output: JsonObject) -> Checks:
    """A reply is about the mail, is no copy of it, leaves no blanks to fill and does not stutter."""
    body = _text_of(output)
    words, source = _words(body), Counter(_words(f"{payload.subject} {payload.text}"))
    topics = [word for word, _ in source.most_common(8)]
    parts = {
        "complete": float(not _PLACEHOLDER.search(body) and 30 <= len(body) <= 2_000),
        "fluent": _distinct_share(words),
        "own_words": 1.0 - _copied_share(body, payload.text),
        **_language(body, payload),
    }
    if topics and payload.language not in _WITHOUT_SPACES:
        parts["topics"] = min(1.0, 2 * sum(topic in words for topic in topics) / len(topics))
    return parts


_CHECKS: dict[str, Callable[[Payload, JsonObject], Checks]] = {
    "extract": _check_extraction,
    "summarise": _check_summary,
    "draft": _check_draft,
}


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _list(output: JsonObject, name: str) -> list[JsonObject]:
    return cast("list[JsonObject]", output.get(name) or [])


def _text_of(output: JsonObject) -> str:
    return str(output.get("summary") or output.get("body") or "")


def _amount_matches(amount: JsonObject) -> float:
    digits = re.sub(r"\D", "", str(amount.get("value", "")).split(".")[0])
    return float(bool(digits) and digits in re.sub(r"\D", "", str(amount.get("span", ""))))


def _date_matches(mention: JsonObject) -> float | None:
    """Whether the date has the numbers that its span names: the day, a month in digits, a full year.

    None where there is no date, or a span without digits, such as `next Monday`.
    """
    parsed = _ISO_DATE.fullmatch(str(mention.get("date")))
    numbers = [int(number) for number in _DIGITS.findall(str(mention.get("span", "")))]
    if parsed is None or not numbers:
        return None
    year, month, day = (int(part) for part in parsed.groups())
    told = {day, month, year, year % 100}
    return float(day in numbers and all(number in told for number in numbers[:3]))


def _language(text: str, payload: Payload) -> Checks:
    matches = language_matches(text, payload.language)
    return {} if matches is None else {"language": matches}


def _distinct_share(words: Sequence[str]) -> float:
    """Share of word pairs that are not repeats: 1 for fluent text, near 0 for a loop."""
    pairs = list(pairwise(words))
    return len(set(pairs)) / len(pairs) if pairs else 1.0


def _copied_share(body: str, text: str) -> float:
    """Share of the body that stands in the text in one run."""
    if not body:
        return 0.0
    block = SequenceMatcher(None, body[:1_000], text[:1_000], autojunk=False).find_longest_match()
    return block.size / len(body[:1_000])


def _similarity(left: str, right: str) -> float:
    """1 - the least number of words to insert, delete or replace, per word of the longer text."""
    one, other = left.split()[:_WORDS_COMPARED], right.split()[:_WORDS_COMPARED]
    longer = max(len(one), len(other))
    return 1.0 - _edits(one, other) / longer if longer else 1.0


def _edits(one: Sequence[str], other: Sequence[str]) -> int:
    """Levenshtein's distance over words."""
    before = list(range(len(other) + 1))
    for row, word in enumerate(one, start=1):
        now = [row]
        for column, wanted in enumerate(other, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (word != wanted)))
        before = now
    return before[-1]


def _items(output: JsonObject) -> Counter[tuple[str, str]]:
    """What an extraction says, without the spans: comparable across wordings."""
    fields = {"people": "name", "dates": "date", "amounts": "value", "asks": "span"}
    return Counter(
        (name, _comparable(item.get(field))) for name, field in fields.items() for item in _list(output, name)
    )


def _steps(output: JsonObject) -> Counter[tuple[str, str]]:
    """What a plan does, whatever it needs or sets aside for it."""
    return Counter((str(step.get("kind")), str(step.get("section"))) for step in _list(output, "lots"))


def _comparable(value: Json) -> str:
    text = _folded(str(value))
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", text) else text


def _f1(found: Counter[tuple[str, str]], true: Counter[tuple[str, str]]) -> float:
    if not found and not true:
        return 1.0
    return 2 * (found & true).total() / (found.total() + true.total())
