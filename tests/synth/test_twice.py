"""The same sources make the same templates."""

from __future__ import annotations

from pathlib import Path

from stacks.report import digests, synthesise_apart

from .conftest import Assembly, Synthesise


def test_a_second_synthesis_is_the_same(synthesise: Synthesise, assembly: Assembly, tmp_path: Path) -> None:
    """Another process makes templates and asset manifests that are identical byte for byte."""
    stacks = synthesise("dev")
    synthesise_apart(tmp_path, "dev")

    first, second = digests(assembly("dev")), digests(tmp_path)

    assert len(first) == 2 * len(stacks) + 1
    assert first == second
