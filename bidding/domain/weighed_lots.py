"""What seats said of the labels of a lot, and what turned out to be right."""

from __future__ import annotations

from collections.abc import Mapping

from bidding.domain.dataclass import dataclass

WINDOW_LOTS = 200
ABSTAINED_REWARD = 0.2
"""What no label is worth, where a right one is worth 1 and a wrong one 0: the lot goes to a person, unspoilt."""


@dataclass(frozen=True, slots=True)
class WeighedLot:
    """The chances a seat gave to a lot's labels, and the label verified since; None where nobody has told."""

    chances: Mapping[str, float]
    right: str | None
