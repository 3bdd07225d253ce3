"""The market as a library: numpy and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bidding

ROOT = Path(__file__).parents[2]
TRY = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {"bidding", "numpy"}:
            raise ImportError(f"{name} is no part of the library")
sys.meta_path.insert(0, Refuse())
from bidding import Auctioneer, Learner, clear
import bidding
for name in bidding.__all__:
    getattr(bidding, name)
house = Auctioneer(allowance_micros=400, seed=7)
house.add_seat("small", listed_micros=30)
house.add_seat("large", listed_micros=900)
decision = house.auction("classify", value_micros=50_000, length=812)
house.settle(decision.decision_id, cost_micros=41)
house.reward(decision.decision_id, 0.9)
print(decision.text())
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


def test_importing_the_package_loads_nothing() -> None:
    """Names are loaded when they are used: the package alone costs nothing, not even numpy."""
    code = "import bidding, sys; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=True)


def test_a_name_that_is_not_there_is_missed() -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="no attribute 'Bogus'"):
        bidding.Bogus  # noqa: B018
