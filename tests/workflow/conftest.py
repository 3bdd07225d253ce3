"""A home for a whole local stack."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the database's own user may enter, as it may enter most homes; pytest's are private."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-test-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)
