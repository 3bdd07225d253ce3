"""Data of others that is too large, or not ours, to be kept here: tests that need it are skipped without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_THE_REPOSITORY = Path(__file__).parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """A folder below ATOMIC_TEST_DATA, else below `../shared/data`; the test is skipped where it is not there."""
    given = os.environ.get("ATOMIC_TEST_DATA")
    folder = (Path(given) if given else _BESIDE_THE_REPOSITORY) / name
    if not folder.is_dir():
        pytest.skip(f"NOT TESTED: {folder} is missing; ATOMIC_TEST_DATA names the folder that holds {name}")
    return folder
