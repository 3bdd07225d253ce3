"""What the sender newly wrote, and what was quoted: split where a mail client put its reply header."""

from __future__ import annotations

import re
from functools import lru_cache

from mailparser_reply import EmailReplyParser

from bidding.domain.dataclass import dataclass

# The library's patterns take quadratic time on long lines: they see short lines, and not too many.
MAX_PROBED_LINES = 1_000
MAX_PROBED_LINE_CHARS = 240
MAX_SIGNATURE_LINES = 12
LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "cs", "da", "sv", "ja", "ko", "zh"]

_WROTE = (
    "wrote|writes|schrieb|schreibt|geschrieben|écrit|escribió|escribio|escreveu|ha scritto|schreef|napisał|pisze|"
    "napsal|skrev|kirjoitti|написал|пишет|のメール|写道|寫道|作成"
)
_MESSAGE_WORD = "message|messaggio|mensaje|mensagem|nachricht|bericht|wiadomoś|besked|meddelande|メッセージ|邮件|郵件"
_ATTRIBUTION = re.compile(rf"(?=.*(?:[@\d<]|{_WROTE}|said|posted)).{{3,200}}[:：]", re.IGNORECASE)
_REPLY_HEADER = re.compile(
    r"^[> ]*(?:On|Am|Le|El|Em|Il|Op|Den|Dne|Dnia|W dniu|\w{2,4}\.?,? \d)\b.{0,200}?(?:\n.{1,120}?)?"
    rf"(?:{_WROTE})[^\n]{{0,120}}[:：]$",
    re.MULTILINE,
)
_SEPARATOR = re.compile(
    rf"^[> ]*(?:[-_=]{{2,}} ?[^\n]{{0,30}}(?:{_MESSAGE_WORD})[^\n]{{0,30}}[-_=]{{2,}}|Begin forwarded message:|"
    r"Anfang der weitergeleiteten Nachricht:|Début du message (?:réexpédié|transféré) ?:)$",
    re.MULTILINE | re.IGNORECASE,
)
_FROM_LABEL = re.compile(
    r"^[> *]*(?:From|Von|De|Da|Van|Od|Fra|Från|Desde|差出人|发件人|寄件者|보낸\s?사람) ?[:：]",
    re.MULTILINE | re.IGNORECASE,
)
_LABELLED = re.compile(r"^[> *]*[^\W\d_][^\n:：]{0,20}[:：].*\S", re.MULTILINE)
_SENT_FROM = (
    "Sent from|Get Outlook for|Gesendet (?:von|mit)|Von meinem \\w+ gesendet|Envoyé (?:de|depuis)|Inviato da|"
    "Enviado (?:desde|do)|Verzonden (?:vanaf|met|van)|Wysłan[oe] z|Skickat från|Sendt fra|从我的|iPhoneから送信"
)
_SIGNATURE = re.compile(rf"^(?:-- ?|—|_{{5,}}|-{{20,}})$|^(?:{_SENT_FROM})[^\n]{{0,80}}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Split:
    """`text` is new, `history` is quoted; `repaired` tells that a split was found and given up as implausible."""

    text: str
    history: str
    repaired: bool = False


def split_reply(body: str) -> Split:
    """Part what was newly written from what was quoted above, below or in between, and drop the signature.

    Answers written between quoted lines are text; the exchange around them stays whole in the history, so that
    an answer can be read beside its question. A split that would leave no text is given up.
    """
    lines = body.split("\n")
    probe = [line.strip()[:MAX_PROBED_LINE_CHARS] for line in lines[:MAX_PROBED_LINES]]
    start = min(_header_line(probe), _quote_line(probe))
    if start >= len(probe):
        return Split(without_signature(body), "")
    above, below = lines[:start], lines[start:]
    text = without_signature("\n".join(above).strip("\n"))
    if answers := _answers(below):
        text = f"{text}\n\n{without_signature(answers)}".strip("\n")
    if not text.strip():
        return Split(body, "", repaired=True)
    if answers and not _answers(quoted := below[: _last_quoted(below) + 1]):
        below = quoted  # one answer below one quotation: the text says it all
    return Split(text, "\n".join(below).strip("\n"))


def without_signature(text: str) -> str:
    """`text` up to a formal signature (`-- `), a device's greeting or a list footer, if one closes it."""
    for match in _SIGNATURE.finditer(text):
        rest = text[match.start() :]
        if rest.count("\n") < MAX_SIGNATURE_LINES and (kept := text[: match.start()].rstrip()):
            return kept
    return text


def _header_line(probe: list[str]) -> int:
    """Index of the first line of a plausible reply header; the number of lines where there is none."""
    text = "\n".join(probe)
    found = [match.start() for match in (_REPLY_HEADER.search(text), _SEPARATOR.search(text)) if match]
    for match in _library_headers().finditer(text):
        block = match[0].strip("\n")
        if block and _is_reply_header(block):
            found.append(match.start() + len(match[0]) - len(match[0].lstrip("\n")))
            break
    return text.count("\n", 0, min(found)) if found else len(probe)


def _is_reply_header(block: str) -> bool:
    """Whether the library's match is one: it also takes any `Date:` or `Data:` line for a header."""
    if block.endswith((":", "：")) and block.count("\n") < 3:
        return True
    return bool(_FROM_LABEL.search(block)) and len(_LABELLED.findall(block)) >= 2


def _quote_line(probe: list[str]) -> int:
    """Index where a `>` quotation starts, its line of attribution included; the number of lines where none does."""
    for index, line in enumerate(probe):
        if line.startswith(">") and not line.startswith(">>> "):
            above = index - 1
            while above >= 0 and not probe[above]:
                above -= 1
            return above if above >= 0 and _ATTRIBUTION.fullmatch(probe[above]) else index
    return len(probe)


def _answers(below: list[str]) -> str:
    """Lines written under or between `>` quotations; empty where nothing below is marked that way."""
    first = next((index for index, line in enumerate(below) if line.lstrip().startswith(">")), None)
    # More than a reply header above the first mark: this is an unmarked history that quotes an older one.
    if first is None or sum(bool(line.strip()) for line in below[:first]) > 3:
        return ""
    kept: list[str] = []
    for index, line in enumerate(below[first:], start=first):
        quoted = line.lstrip().startswith(">")
        if quoted and kept and kept[-1]:
            kept.append("")
        if not quoted and not _introduces_quote(below, index):
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def _last_quoted(below: list[str]) -> int:
    """Index of the last line marked as quoted."""
    return max(index for index, line in enumerate(below) if line.lstrip().startswith(">"))


def _introduces_quote(below: list[str], index: int) -> bool:
    """Whether the line is an attribution: the next line with text is quoted."""
    line = below[index].strip()
    if not line or not _ATTRIBUTION.fullmatch(line[:MAX_PROBED_LINE_CHARS]):
        return False
    following = next((each for each in below[index + 1 : index + 4] if each.strip()), "")
    return following.lstrip().startswith(">")


@lru_cache(maxsize=1)
def _library_headers() -> re.Pattern[str]:
    """The library's pattern of reply headers in every language it knows."""
    pattern: re.Pattern[str] = EmailReplyParser(languages=LANGUAGES).read("").HEADER_REGEX
    return pattern
