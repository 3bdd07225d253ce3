"""Plain text that is safe to print, store and quote: no control bytes, no terminal escapes, nothing invisible."""

from __future__ import annotations

import re

MAX_BLANK_LINES = 2

_TERMINAL_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colour and cursor commands
    r"|\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?"  # window titles and hyperlinks
    r"|\x1b[ -/]*[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Zero-width, bidirectional and tag characters: a reader does not see them, a language model does.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
# A joiner between two visible characters carries meaning (Persian, Hindi, emoji); any other one is padding.
_LOOSE_JOINER = re.compile(r"(?<![^\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?=[\s\u200c\u200d]|\Z)")
_LINE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_WIDE_SPACE = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_BLANK_RUN = re.compile(rf"\n{{{MAX_BLANK_LINES + 2},}}")


def clean_text(text: str) -> str:
    """`text` with unified line ends, no trailing blanks and nothing a reader could not see."""
    text = _LINE_BREAK.sub("\n", _TERMINAL_ESCAPE.sub("", text))
    text = _INVISIBLE.sub("", _CONTROL.sub("", text))
    text = _WIDE_SPACE.sub(" ", _LOOSE_JOINER.sub("", text))
    lines = (line.rstrip() for line in text.split("\n"))
    return _BLANK_RUN.sub("\n" * (MAX_BLANK_LINES + 1), "\n".join(lines)).strip("\n")


def clean_line(text: str, max_chars: int = 1_000) -> str:
    """`text` as one line of at most `max_chars` characters: for subjects, names and other header values."""
    return " ".join(clean_text(text[: max_chars * 4]).split())[:max_chars]
