"""How runs become figures."""

from __future__ import annotations

from dataclasses import replace

from stacks.local.bench.ledger.clients import Throughput
from stacks.local.bench.ledger.report import Pair

_RUN = Throughput(number=10, per_second=10.0, p50_ms=1.0, p99_ms=2.0, client_cpu_seconds=0.5, server_cpu_seconds=0.5)


def test_ratio_within_a_run() -> None:
    """The ratio is the median of the runs' ratios: a slow minute slows both sides of its own run only."""
    fast, slow = replace(_RUN, per_second=300.0), replace(_RUN, per_second=30.0)
    floor_fast, floor_slow = replace(_RUN, per_second=600.0), replace(_RUN, per_second=60.0)
    odd = (replace(_RUN, per_second=100.0), replace(_RUN, per_second=1_000.0))

    pair = Pair.of("auctions", 16, [(fast, floor_fast), (slow, floor_slow), odd])

    assert (pair.ratio, pair.ours.per_second, pair.floor.per_second) == (0.5, 100.0, 600.0)


def test_unknown_processor_time() -> None:
    """Processor time that one run could not tell is unknown of all, not zero."""
    unknown = replace(_RUN, server_cpu_seconds=None)

    assert Pair.of("auctions", 1, [(_RUN, _RUN), (unknown, _RUN)]).ours.server_cpu_seconds is None
