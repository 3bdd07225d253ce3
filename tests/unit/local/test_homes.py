"""What commands say of a home that is not there, of ids that are not in it, and of options that make no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bidding.domain.errors import UnknownRecord
from stacks.local.cli import app
from stacks.local.errors import HomeMissing

_LOT = "00000000-0000-4000-8000-000000000000"
READING = [
    ("explain", _LOT), ("receipt", _LOT), ("verify",), ("graph", "ada@example.com"), ("seats",), ("budget",),
    ("budget", "pace"), ("approvals",), ("approvals", "approve", _LOT), ("replay",),
    ("feedback", _LOT, "--reward", "1"),
    ("erase", "ada@example.com", "--yes"),
    ("adapt", "classify", "--seat", "rules"), ("serve", "--screenshots", "pictures"),
    ("archive", "--before", "2026-01-01", "--to", "months"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_what_only_reads_makes_no_home(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """In the wrong folder a command names the home that it looked for, says what to do, and makes nothing."""
    home = tmp_path / "home"
    refused = CliRunner().invoke(app, [*arguments, "--home", str(home)])
    assert isinstance(refused.exception, HomeMissing), refused.output
    assert f"no home at {home}: check --home" in str(refused.exception)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_said_with_the_home(home: Path) -> None:
    """An unknown lot or seat is named with the home that was looked in, and what is no id with what one looks like."""

    def refusal(*arguments: str) -> str:
        refused = CliRunner().invoke(app, [*arguments, "--home", str(home)])
        assert isinstance(refused.exception, UnknownRecord), (arguments, refused.output, refused.exception)
        return str(refused.exception)

    assert CliRunner().invoke(app, ["budget", "set", "5", "--home", str(home)]).exit_code == 0

    looked = f" (looked in {home}: check --home)"
    assert refusal("explain", _LOT) == f"no lot {_LOT}{looked}"
    assert refusal("receipt", _LOT) == f"no lot {_LOT}{looked}"
    assert refusal("feedback", _LOT, "--reward", "1") == f"no lot {_LOT}{looked}"
    assert refusal("seats", "retire", "nobody") == f"no seat nobody{looked}"
    example = "one looks like 0b5cd14e-8a77-5f9a-9a0c-6d1f3c0d2a41"
    assert refusal("explain", "lot-7") == f'not an id: "lot-7"; {example}{looked}'


@pytest.mark.parametrize(
    ("arguments", "option", "advice"),
    [
        (("set", "5", "--scope", "nonsense"), "--scope", "'*', 'mail', 'judge'"),
        (("set", "nan"), "a limit", "at least 0"),
        (("set", "inf"), "a limit", "at least 0"),
        (("pace", "--explore", "5"), "--explore", "between 0 and 1"),
        (("pace", "--explore", "nan"), "--explore", "between 0 and 1"),
        (("pace", "--per-lot", "-5"), "--per-lot", "above 0 nor none"),
        (("pace", "--per-lot", "inf"), "--per-lot", "above 0 nor none"),
        (("pace", "--per-lot", "much"), "--per-lot", "above 0 nor none"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(
    arguments: tuple[str, ...], option: str, advice: str, tmp_path: Path
) -> None:
    """A scope that no hold has, a share or an allowance that is none: the option is named, with what it takes."""
    home = tmp_path / "home"
    refused = CliRunner().invoke(app, ["budget", *arguments, "--home", str(home)], env={"COLUMNS": "400"})
    assert refused.exit_code == 2
    assert option in refused.output
    assert advice in refused.output
    assert not home.exists()


@pytest.mark.parametrize(
    ("prices", "more", "refusal"),
    [
        (
            {"input_micros_per_mtokens": 35_000},
            {},
            "prices.input_micros_per_mtokens is no field of a seat; did you mean",
        ),
        ({"foo": 1}, {}, "prices.foo is no field of a seat; there are cache_read_micros_per_mtok"),
        ({}, {"tiemout_ms": 5}, "tiemout_ms is no field of a seat; did you mean timeout_ms?"),
        ({"input_micros_per_mtok": "free"}, {}, "prices.input_micros_per_mtok"),
    ],
)
def test_a_misspelt_price_makes_no_free_seat(
    prices: dict[str, object], more: dict[str, object], refusal: str, tmp_path: Path
) -> None:
    """A field that no seat has is refused, with the one that was meant, instead of left out."""
    seat = {"seat_id": "a/b", "engine": "rules", "model": "m", "kinds": ["classify"], "location": "on_host"}
    definition = tmp_path / "seat.json"
    definition.write_text(json.dumps({**seat, "prices": prices, **more}))
    refused = CliRunner().invoke(
        app, ["seats", "add", str(definition), "--home", str(tmp_path / "home")], env={"COLUMNS": "400"}
    )
    assert refused.exit_code == 2, refused.output
    assert refusal in refused.output
