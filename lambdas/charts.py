"""The pictures of the page, as SVG with its own style: drawn by pygal, which is loaded when one is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from bidding.domain.records import RoundHistory
from bidding.domain.statistics import CalibrationBin

Theme = Literal["light", "dark"]

_INK: dict[Theme, str] = {"light": "#1d232b", "dark": "#e8ecf1"}
_QUIET: dict[Theme, str] = {"light": "#5a6573", "dark": "#9aa7b6"}
_GRID: dict[Theme, str] = {"light": "#d5dbe3", "dark": "#323b47"}
_COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": ("#0b63ce", "#b3470f", "#1d7a46", "#7d3fb0", "#8a6d00", "#a12a5e"),
    "dark": ("#6db3ff", "#ff9d5c", "#65d294", "#c79bf2", "#e5c453", "#ff8cbc"),
}
_LINE_POINTS = 24


def auction_chart(past: RoundHistory, value_micros: int, theme: Theme) -> str:
    """Bids on the price-quality plane. A line joins what scores the same: the winner's, and the runner-up's.

    A bid's quality is the one drawn for it, its price what the score counts: λ and delay are in it.
    """
    offers = [(row.seat_id, row.notice) for row in past.bids if row.notice is not None]
    points = [(seat, notice.price_term_micros + notice.delay_micros, notice) for seat, notice in offers]
    chart = _xy("price, wait and pace, µ$", "quality drawn", theme, stroke=False)
    chart.title = f"Round {past.round}: who bid what"
    dearest = max((price for _, price, _ in points), default=1.0) or 1.0
    ranked = sorted(points, key=lambda point: -point[2].score)
    for seat, price, notice in ranked:
        told = "won" if notice.reason == "won" else notice.reason.replace("_", " ")
        chart.add(f"{seat}: {told}", [{"value": (price, notice.quality_draw), "label": f"score {notice.score:.0f}"}])
    for (_, _, notice), name in zip(ranked[:2], ("as good as the first", "as good as the second"), strict=False):
        line = [(price, (notice.score + price) / max(value_micros, 1)) for price in _steps(0.0, 1.05 * dearest)]
        chart.add(name, line, stroke=True, show_dots=False, stroke_style={"width": 1.5, "dasharray": "4, 4"})
    return _svg(chart)


def calibration_chart(bins: Sequence[CalibrationBin], theme: Theme) -> str:
    """What was promised against what came of it; on the dotted line both are the same."""
    chart = _xy("quality promised", "reward", theme, stroke=True)
    chart.title = "Promised and kept"
    chart.range = chart.xrange = (0.0, 1.0)
    chart.add(
        "answers", [{"value": (each.promised, each.rewarded), "label": f"{each.answers} answers"} for each in bins]
    )
    chart.add("promised = kept", [(0, 0), (1, 1)], show_dots=False, stroke_style={"width": 1.5, "dasharray": "4, 4"})
    return _svg(chart)


def spending_chart(spent: Sequence[int], best_single: Sequence[int], theme: Theme) -> str:
    """Money spent so far, lot by lot, beside what the seats believed best would have quoted."""
    chart = _xy("lots", "µ$ so far", theme, stroke=True)
    chart.title = "Spent, and what the best would have cost"
    chart.show_dots = False
    chart.add("spent", _running(spent))
    chart.add("seats believed best", _running(best_single))
    return _svg(chart)


def share_chart(shares: Sequence[tuple[str, float]], theme: Theme) -> str:
    """Who wins how much, in per cent of recent auctions."""
    chart = _pygal().HorizontalBar(**_look(theme), show_legend=False, x_title="% of auctions", range=(0, 100))
    chart.title = "Who wins"
    chart.x_labels = [seat for seat, _ in shares]
    chart.add("wins", [round(100 * share, 1) for _, share in shares])
    return _svg(chart)


def _xy(x_title: str, y_title: str, theme: Theme, *, stroke: bool) -> Any:
    return _pygal().XY(**_look(theme), stroke=stroke, x_title=x_title, y_title=y_title, dots_size=5)


def _pygal() -> Any:
    """The library, without the finder of plug-ins that it leaves behind: others trip over its outdated protocol."""
    import pygal  # noqa: PLC0415

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
    return pygal


def _look(theme: Theme) -> dict[str, Any]:
    from pygal.style import Style  # noqa: PLC0415

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground=_QUIET[theme],
        foreground_strong=_INK[theme],
        foreground_subtle=_QUIET[theme],
        guide_stroke_color=_GRID[theme],
        guide_stroke_dasharray="1, 0",
        major_guide_stroke_color=_GRID[theme],
        major_guide_stroke_dasharray="1, 0",
        colors=_COLOURS[theme],
        font_family="system-ui, sans-serif",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        title_font_size=16,
    )
    return {
        "style": style,
        "js": (),
        "width": 720,
        "height": 420,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 2,
        "truncate_legend": 60,
        "no_data_text": "nothing to show yet",
    }


def _svg(chart: Any) -> str:
    chart.add_xml_filter(_without_scripts)
    drawn: str = chart.render(is_unicode=True, disable_xml_declaration=True)
    return drawn


def _without_scripts(root: Any) -> Any:
    """The picture alone: pygal writes its settings as a script, which nobody needs."""
    for parent in root.iter():
        for script in [child for child in parent if str(child.tag).endswith("script")]:
            parent.remove(script)
    return root


def _steps(low: float, high: float) -> list[float]:
    return [low + (high - low) * step / (_LINE_POINTS - 1) for step in range(_LINE_POINTS)]


def _running(amounts: Sequence[int], most: int = 200) -> list[tuple[int, int]]:
    """Sums so far, at `most` places."""
    total, sums = 0, [(0, 0)]
    for number, amount in enumerate(amounts, start=1):
        total += amount
        sums.append((number, total))
    every = max(1, len(sums) // most)
    kept = [after for before, after in pairwise(sums) if after[0] % every == 0]
    return [sums[0], *kept]
