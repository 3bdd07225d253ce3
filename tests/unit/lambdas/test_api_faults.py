"""What the API does with an error before or beyond its routes: an answer for the client, a line for the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidding.domain.errors import NoAward
from lambdas import api
from lambdas.routes.problems import of_fault


def test_a_market_that_cannot_be_set_up_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By class and place, never by its words; the client learns that something broke."""

    def broken() -> Any:
        raise KeyError("secret")

    monkeypatch.setattr(api, "market", broken)
    answer = api.handler({}, None)
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["detail"] == "something broke here; it is in the log"
    (line,) = caplog.messages
    assert line.startswith("the market was not set up: KeyError at test_api_faults.py:")
    assert "secret" not in line + answer["body"]


def test_an_error_of_ours_that_no_route_foresees_is_answered() -> None:
    """Its kind has no status of its own."""
    assert of_fault(NoAward("no_bids", "nobody"))["statusCode"] == 500
