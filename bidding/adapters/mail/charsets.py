"""Bytes to text when the declared charset is missing, misspelt or a lie."""

from __future__ import annotations

import codecs

# Labels that senders use for a smaller charset than the one they wrote in (as in the WHATWG Encoding standard).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
# Labels in use that Python does not know.
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "utf8mb4": "utf-8",
}
# Text codecs of Python that are no charsets of mail; some take quadratic time.
_NOT_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A text may lose one character in this many before the declared charset is taken for a lie.
_CHARS_PER_TOLERATED_LOSS = 50


def decode_text(data: bytes, declared: str | None) -> tuple[str, str | None]:
    """`data` as text, and the defect met on the way: None where the declared charset was right."""
    marked = next((codec for mark, codec in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    codec = marked or _codec(declared)
    if codec is not None and (text := _strictly(data, codec)) is not None:
        return text, None
    defect = "unknown_charset" if declared and codec is None else "wrong_charset" if declared else "undeclared_charset"
    for candidate in _candidates(data, codec):
        if (text := _strictly(data, candidate)) is not None:
            plain = declared is None and candidate == "utf-8"
            return text, None if plain else defect
    lossy = data.decode(codec or "utf-8", "replace")
    losses = lossy.count("\ufffd")
    written_in_it = any(letter > "\x7f" and letter != "\ufffd" for letter in lossy)
    if written_in_it and losses * _CHARS_PER_TOLERATED_LOSS <= len(lossy):
        return lossy, defect
    return data.decode("cp1252", "replace"), defect


def _candidates(data: bytes, codec: str | None) -> list[str]:
    """Charsets worth a strict try after the declared one failed, the most telling first."""
    found = ["utf-8"]
    if b"\x1b$" in data:
        found.insert(0, "iso2022_jp_ext")
    if codec is None and (guess := _east_asian(data)) is not None:
        found.append(guess)
    return found


def _east_asian(data: bytes) -> str | None:
    """The multi-byte charset in which mostly-high bytes decode to the script they would then be, if any."""
    sample = data[:4_000]
    if sum(byte >= 0x80 for byte in sample) * 3 < len(sample):
        return None
    for codec, first, last in (
        ("cp932", "\u3040", "\u30ff"),
        ("euc_jp", "\u3040", "\u30ff"),
        ("cp949", "\uac00", "\ud7a3"),
    ):
        text = sample.decode(codec, "ignore")
        if sum(first <= letter <= last for letter in text) * 3 > len(text):
            return codec
    return None


def _codec(declared: str | None) -> str | None:
    """The Python codec that serves a declared charset label; None where there is none to trust."""
    if not declared:
        return None
    try:
        label = declared.strip().strip("\"'").lower()
        found = codecs.lookup(_ALIASES.get(label, label))
        "".encode(found.name)  # raises LookupError for the bytes-to-bytes codecs
    except (LookupError, ValueError, UnicodeError):
        return None
    if found.name in _NOT_CHARSETS:
        return None
    return _SUPERSETS.get(found.name, found.name)


def _strictly(data: bytes, codec: str) -> str | None:
    """`data` decoded without loss, or None."""
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None
