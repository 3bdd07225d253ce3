"""Learning curves as an SVG file: lines over the number of verified lots, on a scale that shows the beginning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

WIDTH, HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 300, 40, 50
_COLOURS = ("#1b6ca8", "#d1495b", "#2e933c", "#8f5fbf", "#c98b00", "#3a7d7d", "#777777", "#b04a8b", "#444444")

Curves = Mapping[str, Mapping[int, float]]
"""Share of right labels by name and number of verified lots; one value at 0 alone is a level line."""


def plot(title: str, curves: Curves) -> str:
    """The drawing."""
    points = sorted({point for values in curves.values() for point in values} | {0})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{_LEFT}" y="{HEIGHT - 12}">verified lots</text>',
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(share)
        parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.2f}</text>')
    for point in points:
        x = _x(point, points[-1])
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 18}" text-anchor="middle">{point}</text>')
    for row, (name, values) in enumerate(curves.items()):
        parts += _curve(row, name, values, points)
    return "\n".join([*parts, "</svg>", ""])


def _curve(row: int, name: str, values: Mapping[int, float], points: list[int]) -> list[str]:
    colour = _COLOURS[row % len(_COLOURS)]
    shown = dict.fromkeys(points, values[0]) if set(values) == {0} else values
    at = [(_x(point, points[-1]), _y(share)) for point, share in sorted(shown.items())]
    dashes = ' stroke-dasharray="5 4"' if name.startswith("no model") else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    legend = _TOP + 8 + 22 * row
    left = WIDTH - _RIGHT + 16
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at),
        f'<line x1="{left}" x2="{left + 22}" y1="{legend}" y2="{legend}" stroke="{colour}" stroke-width="2"{dashes}/>',
        f'<text x="{left + 28}" y="{legend + 4}">{escape(name)}</text>',
    ]


def _x(point: int, last: int) -> float:
    """Square root: ten lots are told from none, and two hundred from fifty."""
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * math.sqrt(point / max(1, last))


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share
