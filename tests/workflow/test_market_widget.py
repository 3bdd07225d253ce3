"""The dashboard's widget: the market's own pages, with nothing in them that a mail could run."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from bidding.domain.seats import Seat
from lambdas import market_widget, widget_pages
from stacks.local.stack import LocalStack
from tests.observed_run import scripted

_HOSTILE = "<script>alert('owned')</script>"
_CONTEXT = SimpleNamespace(
    aws_request_id="01a20a4c-290a-7d5a-b29c-d399edae11d8", invoked_function_arn="arn:aws:lambda:us-east-1:1:function:w"
)


@pytest.fixture
def pages(home: Path) -> dict[str, str]:
    """The widget's pages over a ledger in which a seat failed with a hostile answer."""
    script = home.parent / f"{home.name}-script.json"
    steps = [{"text": {"label": "question", "confidence": 0.9}}]
    lines = [
        {"seat": "bad", "kind": "classify", "steps": [{"text": _HOSTILE}]},
        {"seat": "good", "kind": "classify", "steps": steps},
    ]
    script.write_text(json.dumps(lines))
    seats: list[Seat] = [scripted("bad", prior_quality=0.99), scripted("good", prior_quality=0.01)]
    document = {"subject": _HOSTILE, "text": f"When? {_HOSTILE}", "sender": "Ada", "options": {"kinds": ["classify"]}}
    with LocalStack(home, seats=seats, script=script) as stack:
        report = stack.submit(json.dumps(document).encode(), "mail")
        lot = report.lots[0].lot_id
        typed = {"forms": {"all": {"lot_id": f" {lot} "}}, "dashboardName": "atomic-dev", "theme": "light"}
        unknown = {"forms": {"all": {"lot_id": f'"><img src=x onerror={_HOSTILE}>'}}}
        asked = {
            "seats": {"view": "seats", "widgetContext": {"dashboardName": "atomic-dev"}},
            "form": {"view": "lot"},
            "lot": {"view": "lot", "widgetContext": typed},
            "unknown": {"view": "lot", "widgetContext": unknown},
            "manual": {"describe": True},
        }
        return {name: market_widget.handler(event, _CONTEXT) for name, event in asked.items()}


def test_pages(pages: dict[str, str]) -> None:
    """It lists the seats, explains a lot typed into its form, says where there is none, and has a manual."""
    assert all(f">{seat}<" in pages["seats"] for seat in ("good", "bad"))
    assert "<th>win share</th>" in pages["seats"]
    assert 'name="lot_id"' in pages["form"]
    assert f'endpoint="{_CONTEXT.invoked_function_arn}"' in pages["form"]
    assert "good won with a score of" in pages["lot"]
    assert "round 2" in pages["lot"]
    assert "<p>" in pages["unknown"]
    assert pages["manual"] == widget_pages.DESCRIPTION


def test_nothing_in_a_page_runs(pages: dict[str, str]) -> None:
    """Whatever a mail, a model or a person typed is text in the page, never markup."""
    for page in pages.values():
        assert "<script" not in page
        assert "<img" not in page
    assert "&lt;img src=x" in pages["unknown"]
