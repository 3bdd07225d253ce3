"""HTML mail as the text a human reader would see."""

from __future__ import annotations

import re
from dataclasses import field

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from bs4.exceptions import ParserRejectedMarkup

from bidding.adapters.mail.clean import clean_text
from bidding.adapters.mail.headers import STDLIB_FAULTS
from bidding.adapters.mail.visibility import Visibility
from bidding.domain.dataclass import dataclass

MAX_HTML_CHARS = 500_000
MAX_TAGS = 30_000

_UNREAD = re.compile(r"head|style|script|title|template|noscript|object|svg|math|select|textarea|iframe")
_SPACED = re.compile(r"p|h[1-6]|ul|ol|table|blockquote|pre")
_BLOCK = re.compile(
    rf"{_SPACED.pattern}|address|article|aside|center|dd|div|dl|dt|fieldset|figure|footer|form|header|hr|li|main|nav|"
    r"section|tr"
)
# Keeps the parser from guessing that the text is a file name or XML.
_PROLOGUE = "<div>"
# Closes whatever the document left open: an open tag or comment costs the parser quadratic time.
_EPILOGUE = "<br a=\"\" b=''><!---->"
_TAG = re.compile(r"<[a-zA-Z/!?]")
# Doctypes and conditional comments of Outlook: the parser rejects a document for a malformed one.
_DECLARATION = re.compile(r"<!(?!--)[^>]{0,1000}>?")
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CELL = "\x00"
_QUOTE_CLASSES = ("gmail_quote", "yahoo_quoted", "moz-cite", "protonmail_quote", "tutanota_quote")


@dataclass(slots=True)
class _Page:
    """Lines written so far, and how many quotations (marked with `>`) and preformatted blocks are open."""

    lines: list[str] = field(default_factory=list)
    line: str = ""
    quotes: int = 0
    preformatted: int = 0

    def write(self, text: str) -> None:
        """Add running text to the current line, one blank between words; preformatted text keeps its lines."""
        if self.preformatted:
            *whole, self.line = (self.line + text).replace("\r\n", "\n").split("\n")
            self.lines.extend("> " * self.quotes + line for line in whole)
            return
        text = _SPACE.sub(" ", text)
        if self.line.endswith((" ", _CELL)) or not self.line:
            text = text.lstrip(" ")
        self.line += text

    def break_line(self) -> None:
        """Close the current line, or leave a blank one where it is empty."""
        if self.line.strip():
            self.end_line()
        else:
            self.lines.append("> " * self.quotes)

    def end_line(self, *, blank: bool = False) -> None:
        """Close the current line, and leave a blank one after it where asked."""
        cells = [cell.strip() for cell in self.line.split(_CELL)]
        text = self.line.rstrip() if self.preformatted else " | ".join(cell for cell in cells if cell)
        mark = "> " * self.quotes
        if text:
            self.lines.append(mark + text)
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(mark.rstrip())
        self.line = ""


def html_to_text(source: str) -> tuple[str, tuple[str, ...]]:
    """Visible text of an HTML document, and the defects met.

    Left out: what inline style or attributes hide, comments, scripts and the head. Quotations are marked with
    `>`, table cells are parted by `|`. An oversized document is cut, never refused.
    """
    defects: list[str] = []
    if len(source) > MAX_HTML_CHARS:
        source = source[:MAX_HTML_CHARS]
        defects.append("html_truncated")
    tags = list(_TAG.finditer(source))
    if len(tags) > MAX_TAGS:
        source = source[: tags[MAX_TAGS].start()]
        defects.append("html_truncated")
    try:
        safe = _DECLARATION.sub(lambda match: "-->" if match[0].endswith("-->") else "", source.replace("\0", ""))
        text = _render(BeautifulSoup(_PROLOGUE + safe + _EPILOGUE, "html.parser"))
    except (ParserRejectedMarkup, *STDLIB_FAULTS):
        defects.append("html_unreadable")
        text = _ANY_TAG.sub(" ", source)
    return clean_text(text), tuple(dict.fromkeys(defects))


def _render(soup: BeautifulSoup) -> str:
    """Text of a parsed document, walked with a stack of our own: nesting may be deeper than Python's."""
    page = _Page()
    pending: list[tuple[PageElement | str, Visibility]] = [(soup, Visibility())]
    while pending:
        node, seen = pending.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            _close(page, node)
        elif isinstance(node, Tag):
            _open(page, node, seen, pending)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            page.write(str(node))
    page.end_line()
    return "\n".join(page.lines)


def _open(page: _Page, tag: Tag, seen: Visibility, pending: list[tuple[PageElement | str, Visibility]]) -> None:
    """Start an element: write what it looks like itself and queue its children, its end behind them."""
    name = tag.name.lower()
    attributes = {key.lower(): value if isinstance(value, str) else " ".join(value) for key, value in tag.attrs.items()}
    inner = seen.within(attributes)
    if inner.hidden or _UNREAD.fullmatch(name) or (name == "input" and attributes.get("type") == "hidden"):
        return
    if name == "br":
        page.break_line()
    elif name == "img":
        page.write(f"[{alt}]" if (alt := attributes.get("alt", "").strip()) else "")
    elif _BLOCK.fullmatch(name):
        page.end_line(blank=bool(_SPACED.fullmatch(name)))
    if _is_quote(name, attributes):
        page.quotes += 1
    if name == "li":
        page.write("- ")
    elif name in ("td", "th"):
        page.line += _CELL
    page.preformatted += name == "pre"
    pending.append((f"/{name}", seen))
    if _is_quote(name, attributes):
        pending.append(("/quote", seen))
    pending.extend((child, inner) for child in reversed(tag.contents))


def _close(page: _Page, end: str) -> None:
    """Finish an element."""
    name = end[1:]
    if name == "quote":
        page.end_line()
        page.quotes -= 1
    elif name in ("td", "th"):
        page.line += _CELL
    elif _BLOCK.fullmatch(name):
        page.end_line(blank=bool(_SPACED.fullmatch(name)))
        page.preformatted -= name == "pre"


def _is_quote(name: str, attributes: dict[str, str]) -> bool:
    """Whether an element holds a quoted message rather than an indented paragraph."""
    if name != "blockquote":
        return False
    classes = attributes.get("class", "").lower()
    return attributes.get("type", "").lower() == "cite" or any(each in classes for each in _QUOTE_CLASSES)
