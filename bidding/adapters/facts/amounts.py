"""Sums of money in a text: a number beside a currency, with European or American separators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from bidding.adapters.facts.words import words
from bidding.domain.dataclass import dataclass

_CODES = words(
    "USD EUR GBP CHF JPY CNY INR AUD CAD NZD SGD HKD SEK NOK DKK PLN CZK HUF RON BGN TRY BRL MXN ARS "
    "CLP COP ZAR AED SAR ILS KRW TWD THB IDR MYR PHP VND UAH RUB NGN KES EGP MAD ISK"
)
_NAMES: Mapping[str, str] = {
    "us$": "USD", "a$": "AUD", "c$": "CAD", "r$": "BRL", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY",
    "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₦": "NGN", "zł": "PLN", "euro": "EUR", "euros": "EUR",
    "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP", "yen": "JPY", "円": "JPY", "元": "CNY",
    "franken": "CHF", "złotych": "PLN", "złote": "PLN", "rupees": "INR", "reais": "BRL", "dólares": "USD",
    "dollari": "USD", "euró": "EUR",
}  # fmt: skip
_TIMES: Mapping[str, int] = {
    **dict.fromkeys(("k", "thousand", "tausend", "mille", "mila", "mil", "duizend", "tys", "tys."), 1_000),
    **dict.fromkeys(
        (
            "m",
            "mn",
            "mio",
            "mio.",
            "million",
            "millions",
            "millionen",
            "millones",
            "milioni",
            "milhões",
            "miljoen",
            "mln",
        ),
        1_000_000,
    ),
    "万": 10_000,
}

VALUE_BELOW = 10**13
"""A larger number is not money."""

_NUMBER = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,2})?(?!\d)"
_TIMES_WORD = "|".join(sorted((re.escape(word) for word in _TIMES), key=len, reverse=True))
_BEFORE = "|".join([*_CODES, r"(?:US|A|C|R)\$", "[$€£¥￥₹₩₽₺₪₦]"])
_AFTER = "|".join(
    [
        *_CODES,
        *sorted((re.escape(word) for word in _NAMES if word[-1].isalpha()), key=len, reverse=True),
    ]
)
_AMOUNT = re.compile(
    rf"(?<!\w)(?P<before>{_BEFORE})[ \u00a0]?(?P<first>{_NUMBER})(?:[ \u00a0]?(?P<times1>{_TIMES_WORD})(?!\w))?"
    rf"|(?<![\dA-Za-z_.,])(?P<second>{_NUMBER})[ \u00a0]?"
    rf"(?:(?P<times2>{_TIMES_WORD})(?![A-Za-zÀ-ÿ])[ \u00a0]?(?:of |de |di )?)?"
    rf"(?P<after>(?:{_AFTER})(?![^\W\d_])|[$€£¥₹₩₽₺₪₦円元])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Money:
    """A sum, its ISO 4217 currency and its exact words."""

    value: Decimal
    currency: str
    span: str


def find_amounts(text: str) -> list[Money]:
    """Sums in the order of the text. A number without a currency is none: it may be anything."""
    return [money for match in _AMOUNT.finditer(text) if (money := _money(match)).value < VALUE_BELOW]


def _money(match: re.Match[str]) -> Money:
    unit = match["before"] or match["after"]
    times = _TIMES.get((match["times1"] or match["times2"] or "").casefold(), 1)
    value = _value(match["first"] or match["second"])
    if times > 1:
        value = Decimal(int(value * times))
    return Money(value, _NAMES.get(unit.casefold(), unit.upper()), match.group())


def _value(written: str) -> Decimal:
    """`1.280,00`, `1,280.00`, `1 280`, `1'280` and `1280` are one number: the last separator before one or two
    digits is the decimal one, every other groups thousands."""
    whole, decimals = written, ""
    if tail := re.search(r"[.,](\d{1,2})$", written):
        whole, decimals = written[: tail.start()], tail[1]
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{decimals or 0}")
