"""What a market of the library is told of a lot, checked, and as the columns that it learns by."""

from __future__ import annotations

import math
from collections.abc import Callable

from bidding.domain.errors import InvalidRequest
from bidding.domain.learning.tables import Floats, numbers
from bidding.domain.named_tuple import make
from bidding.domain.numbers import name, number
from bidding.domain.policies.base import Context

LENGTH_MIN, LENGTH_MAX = 1e-9, 1e15
FEATURE_SQUARES_MAX = 1e12
"""Most that the squares of a lot's features add up to."""
KINDS_MAX = 1_000
"""What is believed of kinds is solved together: at so many an update takes tens of milliseconds, a refresh longer."""
CLUSTERS_MAX = 10_000


class Contexts:
    """How long features are, and the columns of `kinds` and `clusters` that were seen."""

    def __init__(self, features: int, add_kind: Callable[[], None]) -> None:
        """`add_kind` is called where a kind is seen for the first time."""
        self._features = features
        self._add_kind = add_kind
        self.kinds: dict[str, int] = {}
        self.clusters: dict[str, int] = {}

    def of(self, kind: str, length: float, features: Floats | None, cluster: str | None) -> Context:
        """The context of a lot. Raises InvalidRequest where something is no name, no number or too much."""
        length = number("the length of an input", length, LENGTH_MIN, LENGTH_MAX)
        if features is not None:
            features = numbers("features", features, self._features)  # a copy: it is kept
            if not features.dot(features) <= FEATURE_SQUARES_MAX:
                raise InvalidRequest(f"features are numbers whose squares sum to {FEATURE_SQUARES_MAX:.0g} at most")
        column = self.kinds.get(kind if kind.__class__ is str else name("a kind", kind))
        if column is None and len(self.kinds) == KINDS_MAX:
            raise InvalidRequest(
                f"kind {kind!r} would be one more than {KINDS_MAX}: a kind is a category of lots, not a"
                " lot; give fewer kinds, or all lots the same one"
            )
        group = None if cluster is None else self._cluster(name("a cluster", cluster))
        if column is None:
            self._add_kind()
            column = self.kinds[kind] = len(self.kinds)
        return make(Context, (column, math.log(length), features, group))

    def _cluster(self, cluster: str) -> int:
        column = self.clusters.get(cluster)
        if column is None:
            if len(self.clusters) == CLUSTERS_MAX:
                raise InvalidRequest(
                    f"cluster {cluster!r} would be one more than {CLUSTERS_MAX}: it is a group of texts, not a text"
                )
            column = self.clusters[cluster] = len(self.clusters)
        return column
