"""Broken answers: what must hold of the chain on every one of them."""

from stacks.local.bench.engines.corpus import CORPUS
from stacks.local.bench.engines.roads import measure_roads


def test_the_chain_is_never_silently_wrong_and_lets_nothing_out() -> None:
    """No broken answer becomes another object than is meant, none raises anything but a refusal, most are read."""
    report = measure_roads()
    counts = report.parsers["chain"]
    assert report.cases == len(CORPUS) >= 33
    assert report.wrong == ()
    assert counts["right"] + counts["refused"] == report.cases
    assert counts["right"] > report.parsers["json-repair"]["right"]
    assert sum(each.get("leaked", 0) for each in report.parsers.values()) == 0
