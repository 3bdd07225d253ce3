"""The market as a library: numpy and nothing else."""

from __future__ import annotations

import ast
import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bidding
from bidding import Auctioneer

ROOT = Path(__file__).parents[2]
TRY = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {"bidding", "numpy"}:
            raise ImportError(f"{name} is no part of the library")
sys.meta_path.insert(0, Refuse())
import bidding
from bidding import Auctioneer, Learner, LearningAuction, clear, evaluate, explain_clearing
for name in bidding.__all__:
    getattr(bidding, name)
house = Auctioneer(allowance_micros=400, seed=7)
house.add_seat("small", listed_micros=30)
house.add_seat("large", listed_micros=900)
decision = house.auction("classify", value_micros=50_000, length=812)
house.settle(decision.decision_id, cost_micros=41)
house.reward(decision.decision_id, 0.9)
print(decision.text())
race = LearningAuction({"small": 30}, value_micros=100, ceiling_micros=50, horizon=9, seed=7)
race.record(race.choose().decision_id, 0.9)
outside = {each.partition(".")[0] for each in sys.modules} & {"boto3", "botocore", "pydantic", "psycopg", "typer"}
assert not outside, outside
"""


def test_the_library_needs_numpy_only() -> None:
    """In a process where nothing else can be imported, an auction is held, settled, rewarded and explained."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", TRY], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(("small: score ", "large: score "))


def test_each_name_is_loaded_alone_from_where_it_is_made() -> None:
    """In any order, and none of them is missing from the list that checkers of types read."""
    code = """
import bidding, sys
for name in bidding.__all__:
    for loaded in [each for each in sys.modules if each.startswith("bidding.")]:
        del sys.modules[loaded]
    getattr(bidding, name)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, timeout=60, check=True)
    tree = ast.parse((ROOT / "bidding" / "__init__.py").read_text())
    typed = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bidding.")
        for alias in node.names
    }
    assert typed == {(home, name) for name, home in bidding._HOMES.items()}
    assert sorted(bidding._HOMES) == sorted(bidding.__all__)


def test_importing_the_package_loads_nothing() -> None:
    """Names are loaded when they are used: the package alone costs nothing, not even numpy."""
    code = "import bidding, sys; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=True)


def test_a_name_that_is_not_there_is_missed() -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="no attribute 'Bogus'"):
        bidding.Bogus  # noqa: B018


@pytest.mark.parametrize("copied", [lambda house: pickle.loads(pickle.dumps(house)), copy.deepcopy])
def test_an_auctioneer_is_saved_and_loaded(copied: Callable[[Auctioneer], Auctioneer]) -> None:
    """After it came back from a file it picks, charges and learns as the one that was never away."""
    house = Auctioneer(allowance_micros=400, seed=7, features=2)
    for seat in ("small", "middle", "large"):
        house.add_seat(seat, listed_micros=100)

    def held(market: Auctioneer, lots: int) -> list[tuple[str, float]]:
        picks, rng = [], np.random.default_rng(lots)
        for lot in range(lots):
            decision = market.auction(
                "ab"[lot % 2], value_micros=1_000, length=100 + lot, features=rng.random(2), cluster="uvw"[lot % 3]
            )
            market.settle(decision.decision_id, cost_micros=decision.price_micros)
            market.reward(decision.decision_id, float(rng.random() < 0.6))
            picks.append((decision.seat, decision.propensity))
        return picks

    held(house, 137)
    waiting = house.auction("a", value_micros=50_000)
    loaded = copied(house)
    for market in (house, loaded):
        market.settle(waiting.decision_id, cost_micros=20)
    went_on = held(house, 300)
    assert held(loaded, 300) == went_on
    assert sum(0.05 < chance < 0.95 for _, chance in went_on) > 200, "where all is settled a copy cannot go astray"
    assert loaded.pacer.spent_micros == house.pacer.spent_micros
