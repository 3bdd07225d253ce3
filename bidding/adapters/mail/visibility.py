"""Which inline style hides text from a human reader: what nobody sees must not reach a model."""

from __future__ import annotations

import re
from dataclasses import replace

from bidding.domain.dataclass import dataclass

_NAMED = {
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245),
    "silver": (192, 192, 192),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
}
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})(?:\s*[,/]\s*([\d.]+)(%?))?")
_ZERO = re.compile(r"0*\.?0+(?:px|pt|em|rem|%|ex|vw|vh)?")
_TINY = re.compile(r"(?:0*\.\d+|1|1\.0+)(?:px|pt)|0*\.[01]\d*r?em|[0-5]%")
_FAR_AWAY = re.compile(r"-\d{3,}(?:px|pt|em|rem|%)?")
# Two colours nearer than this (summed over the channels, 0 to 765) look the same.
_SAME_COLOUR = 24

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Visibility:
    """What an element inherits: whether it is hidden, and its colours as far as inline style says."""

    hidden: bool = False
    colour: Colour | None = None
    background: Colour | None = (255, 255, 255)

    def within(self, attributes: dict[str, str]) -> Visibility:
        """The visibility inside an element with these attributes (names in lower case)."""
        style = declarations(attributes.get("style", ""))
        colour = _colour(style.get("color") or attributes.get("color") or "") or self.colour
        painted = style.get("background-color") or style.get("background") or attributes.get("bgcolor") or ""
        background = self.background
        if painted and painted != "transparent":
            # An image or a gradient has no one colour: assume that text on it can be read.
            background = _colour(painted) if "url(" not in painted and "gradient" not in painted else None
        unseen = self.hidden or "hidden" in attributes or _hides(style) or _alike(colour, background)
        return replace(self, hidden=unseen, colour=colour, background=background)


def declarations(style: str) -> dict[str, str]:
    """Properties of an inline style, lower-cased; the last declaration of a property wins."""
    found: dict[str, str] = {}
    for declaration in style[:4_000].split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip().lower()] = value.lower().replace("!important", "").strip()
    return found


def _hides(style: dict[str, str]) -> bool:
    """Whether a style by itself takes the text out of sight."""
    size = style.get("font-size", "")
    clipped = style.get("overflow") == "hidden" and any(
        _ZERO.fullmatch(style.get(name, "")) for name in ("height", "max-height", "width", "max-width")
    )
    moved = any(_FAR_AWAY.fullmatch(style.get(name, "")) for name in ("left", "top", "text-indent", "margin-left"))
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("mso-hide") == "all"
        or bool(_ZERO.fullmatch(style.get("opacity", "")))
        or bool(_ZERO.fullmatch(size) or _TINY.fullmatch(size))
        or clipped
        or moved
    )


def _alike(colour: Colour | None, background: Colour | None) -> bool:
    """Whether text in `colour` cannot be told from `background`; unknown colours can."""
    if colour is None or background is None:
        return False
    return sum(abs(a - b) for a, b in zip(colour, background, strict=True)) < _SAME_COLOUR


def _colour(value: str) -> Colour | None:
    """Red, green and blue (0 to 255) of a CSS colour; None where it is none we know or cannot be seen through."""
    value = value.strip().lower()
    if match := _HEX.search(value):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.search(value):
        return min(int(match[1]), 255), min(int(match[2]), 255), min(int(match[3]), 255)
    return _NAMED.get(value.split(" ")[0]) if value else None
