"""Events of what the market learns later: feedback, and folds of the policy."""

from __future__ import annotations

from collections.abc import Iterator

from bidding.domain.dataclass import dataclass
from bidding.domain.events import AnswerJudged, MarketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRecorded(AnswerJudged):
    """A human judged an answer; `shown` tells that the right answer is a demonstration from now on."""

    corrected: bool
    shown: bool

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield from AnswerJudged.measured(self)
        yield "Feedback", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFolded(MarketEvent):
    """Outcomes became the next policy version; `outcomes` 0 where there was nothing to fold."""

    policy_version: int
    outcomes: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield "OutcomesFolded", self.outcomes
