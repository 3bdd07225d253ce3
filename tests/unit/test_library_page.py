"""The page on the library is true: its blocks run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import bidding
from bidding import POLICY_NAMES, Auctioneer, Measure, Replay

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-market-as-a-library.md"


def test_the_page_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """One block after the other, and they say who won; the market is left as the page tells."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec("\n".join(blocks), names)
    printed = capsys.readouterr().out
    assert "its chance was" in printed
    assert "won with a score of" in printed
    house: Auctioneer = names["house"]
    assert house.seats == ("small", "large", "medium")
    assert house.pacer.spent_micros == 41
    assert house.pacer.under_way.calls == 0
    answer = names["answer"]
    assert isinstance(answer, Replay)
    assert isinstance(answer.reward, Measure)
    assert answer.reward.dr.low < 0.6 < answer.reward.dr.high
    assert names["belief"].mean > 0.5
    assert names["given"].payment_micros <= names["given"].hold_micros


def test_the_page_names_every_policy() -> None:
    """All that can be compared with, and the default by nothing."""
    text = PAGE.read_text()
    assert all(f'"{name}"' in text for name in POLICY_NAMES if name != "hierarchical_ts")


def test_the_page_imports_from_the_package_alone() -> None:
    """What a user needs is exported: no block reaches into a module."""
    modules = set(re.findall(r"^from (bidding\S*) import (.*)$", PAGE.read_text(), re.MULTILINE))
    assert {module for module, _ in modules} == {"bidding"}
    assert all(name in bidding.__all__ for _, names in modules for name in names.split(", "))
