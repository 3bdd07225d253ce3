"""Judge seats: which answers they judge, whom they may judge, and what their verdict is worth as a reward.

A verdict is the answer to a lot of kind `judge`, auctioned, held and billed like any other (docs/adr/0073). This module
says what is special about it. No verdict counts higher than the person who looked at the answer, see
`bidding.domain.rewards`.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest

JUDGE_KIND = "judge"
"""The kind of lot whose answer is a verdict on the answer to another lot, the one it needs."""
CRITERIA = ("correct", "complete", "apt")
"""What a verdict scores: nothing is made up, nothing is missing, it is what was asked for."""
JUDGE_VALUE_MICROS = 400
ROUNDS_MAX = 3
"""Rounds of `run_lot`: a judgement may take as many calls."""
POSITIONS_FROM = 500
"""A verdict's lot stands at this and the position of the lot that it is about; no plan has as many lots."""
PAIRS_KEPT = 100
"""How many of a judge's latest verdicts its leniency is read from."""
_SHRINKAGE = 10.0
"""Pairs at which half of what they say of a judge's leniency is believed."""

_GEOGRAPHY = re.compile(r"^(us|eu|apac|au|ca|jp|us-gov|global)\.")
_MAKER = re.compile(r"^[a-z][a-z0-9]*\.(?=[a-z])")
_LETTERS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class JudgingTerms:
    """Whose answers are judged, and for how much.

    `rate` is the share of answers in [0, 1], `tenants` that of single tenants in its place. `ceiling_micros` is the
    most that one judgement may come to, over all its rounds. Raises InvalidRequest where a bound is out of its range.
    """

    rate: float = 0.0
    tenants: tuple[tuple[str, float], ...] = ()
    ceiling_micros: int = 3_000

    def __post_init__(self) -> None:
        if not all(0.0 <= rate <= 1.0 for rate in (self.rate, *dict(self.tenants).values())):
            raise InvalidRequest("a rate of judging is a share of answers, 0 to 1")
        if self.ceiling_micros < ROUNDS_MAX:
            raise InvalidRequest(f"a judgement comes to {ROUNDS_MAX} micro-dollars at least: raise ceiling_micros")

    def samples(self, tenant: str, lot: str) -> bool:
        """Whether the answer to a lot is to be judged. It follows from the lot's id: a rerun finds the same lots."""
        rate = dict(self.tenants).get(tenant, self.rate)
        drawn = int.from_bytes(hashlib.sha256(f"judge\x1f{lot}".encode()).digest()[:8], "big")
        return drawn < rate * 2**64


NOBODY_JUDGED = JudgingTerms()


def model_family(model: str) -> str:
    """What models of one make have in common: `us.anthropic.claude-haiku-4-5-v1:0` is of `claude`.

    Read from the name: the last part of a path, without geography and maker, up to the first sign that is no letter.
    """
    name = model.casefold().rsplit("/", 1)[-1]
    name = _MAKER.sub("", _GEOGRAPHY.sub("", name))
    letters = _LETTERS.match(name)
    return letters.group() if letters else name


def may_judge(judge_model: str, judged_model: str) -> bool:
    """Whether a model may judge an answer: never one of its own family, whose faults and taste it shares."""
    return model_family(judge_model) != model_family(judged_model)


def leniency(pairs: Sequence[tuple[float, float]]) -> float:
    """How much better than others a judge finds answers of a kind, from pairs of its score and the others' reward.

    Shrunk to 0 where there are few. Taken from its scores, it leaves them on the scale of those who judged beside it.
    """
    if not pairs:
        return 0.0
    return math.fsum(score - reward for score, reward in pairs) / (len(pairs) + _SHRINKAGE)


def judged_reward(score: float, pairs: Sequence[tuple[float, float]]) -> float:
    """The reward that a judge's score stands for, in [0, 1], its leniency taken from it."""
    return min(1.0, max(0.0, score - leniency(pairs)))
