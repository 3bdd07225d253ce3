"""The page on the library is true: its blocks run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bidding import POLICY_NAMES, Auctioneer

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-market-as-a-library.md"


def test_the_page_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """One block after the other, and they say who won; the market is left as the page tells."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Auctioneer] = {}
    exec("\n".join(blocks), names)
    assert "its chance was" in capsys.readouterr().out
    house = names["house"]
    assert house.seats == ("small", "large", "medium")
    assert house.pacer.spent_micros == 41
    assert house.pacer.under_way.calls == 0


def test_the_page_names_every_policy() -> None:
    """All that can be compared with, and the default by nothing."""
    text = PAGE.read_text()
    assert all(f'"{name}"' in text for name in POLICY_NAMES if name != "hierarchical_ts")
