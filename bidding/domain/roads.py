"""The roads from a model's text to its type, and how far an answer that came by each is trusted.

An answer that had to be repaired may have been repaired into something its model never meant. It is used, and marked,
and what it teaches weighs less. The weights are the shares of right answers among what the bare repairers let
through in `atomic bench engines` (docs/benchmarks.md): the checks around them refuse the faults that we know, not those
to come.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidding.domain.records import Road

ROAD_TRUST: Mapping[Road, float] = {"strict": 1.0, "repaired": 0.8, "aligned": 0.7}
