"""What a month costs, and how many states an execution enters."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bidding.domain.errors import InvalidRequest
from stacks.local.cli import app
from stacks.local.cost.model import ORCHESTRATIONS, Line, Load, bill, price_table, total
from stacks.local.cost.transitions import lot_states, task_states, walk

_MICRO = {"amazon.nova-micro-v1:0": 1.0}


def line(lines: list[Line], name: str) -> Line:
    (found,) = [each for each in lines if each.name == name]
    return found


def test_states_of_a_lot() -> None:
    """A lot that is done at once enters nine states; one that needs the runner-up is cleared twice."""
    once, twice = lot_states(1), lot_states(2)

    assert sum(once.values()) == 9
    assert once["ClearAuction"] == once["LotDone"] == 1
    assert (twice["OpenAuction"], twice["ClearAuction"], twice["NextRound"], twice["LotDone"]) == (1, 2, 1, 1)


def test_states_of_a_task() -> None:
    """A task enters RunLot once for each lot, and looks for a wave once more than there are."""
    states = task_states(lots=5, waves=2)

    assert (states["RunLot"], states["RunWave"], states["HasWave"]) == (5, 2, 3)
    assert states["IngestTask"] == states["DecomposeTask"] == states["AssembleResult"] == 1


def test_a_walk_in_circles_is_refused() -> None:
    """A decision that leads round and round is an error, not a bill without end."""
    machine = {
        "StartAt": "Again",
        "States": {"Again": {"Type": "Choice", "Default": "Again", "Choices": []}},
    }
    with pytest.raises(ValueError, match="no end"):
        walk(machine, {}, {})


def test_the_bill_follows_its_list_prices() -> None:
    """Transitions and tokens are amount times list price; twice the lots are twice what grows, and fixed stays."""
    one, two = (bill(Load(lots=lots, mix=_MICRO, fallback_share=0.0), "standard") for lots in (300_000, 600_000))
    per_task = sum(task_states(3, 1).values())

    transitions = line(one, "state transitions")
    assert transitions.amount == 100_000 * per_task + 300_000 * 9
    assert transitions.usd == pytest.approx(transitions.amount * 0.000025)
    assert line(one, "tokens of amazon.nova-micro-v1:0").usd == pytest.approx(300_000 * (700 * 0.035 + 60 * 0.14) / 1e6)
    assert total(two, fixed=False) == pytest.approx(2 * total(one, fixed=False), rel=1e-6)
    assert total(two, fixed=True) == total(one, fixed=True) > 0


def test_express_lots_cost_less_than_standard_ones_and_batches_least() -> None:
    """The order of the three ways is that of the decision to have Express lots under Standard tasks."""
    costs = [total(bill(Load(lots=1_000_000, mix=_MICRO), way), fixed=False) for way in ORCHESTRATIONS]

    assert costs == sorted(costs, reverse=True)


def test_every_price_has_a_date_and_a_source() -> None:
    """A price that nobody can check is not shipped."""
    table = price_table()
    for entry in [*table["prices"].values(), *table["models"].values()]:
        assert entry["read"].startswith("20")
        assert entry["source"].startswith("https://aws.amazon.com/")


@pytest.mark.parametrize("mix", [{"unknown-model": 1.0}, {"amazon.nova-micro-v1:0": 0.5}, {}])
def test_a_wrong_mix_is_refused(mix: dict[str, float]) -> None:
    """A model without a price, or shares that do not add up, are told."""
    with pytest.raises(InvalidRequest):
        bill(Load(lots=10, mix=mix), "express")


def test_the_command(tmp_path: Path) -> None:
    """`atomic cost --json` has the lines of all three ways, and every price with its source."""
    ran = CliRunner().invoke(app, ["cost", "--lots", "1000", "--mix", "amazon.nova-lite-v1:0=1", "--json"])

    told = json.loads(ran.stdout)
    assert told["usd"].keys() == {"standard", "express", "distributed_map"}
    assert Counter(line["fixed"] for line in told["lines"]["express"])[True] >= 6
    assert told["prices"]["region"] == "us-east-1"
