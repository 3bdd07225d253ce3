"""Which solved lots go into a prompt: near to the lot at hand, unlike each other, verified, and few enough to fit.

Maximal marginal relevance: the next one chosen is the most similar to the lot, less DIVERSITY × its likeness to what
was chosen already. A text that is there already adds nothing and is never chosen twice.

Source: Carbonell and Goldstein, The Use of MMR, Diversity-Based Reranking, SIGIR 1998.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from bidding.domain.records import Demonstration, OutcomeSource
from bidding.domain.seats import Location, may_see

VERIFIERS: frozenset[OutcomeSource] = frozenset({"human"})
"""Whose word makes an answer one to learn from. Checks and judges are no proof that it is right."""
DIVERSITY = 0.3
SPARE = 12
"""How many more than a prompt takes are looked at, so that there is a choice."""
CONTEXT_SHARE = 0.5
"""Demonstrations take at most this share of a seat's context."""

TEXT_CHARS = 300
"""So much of a demonstration's text goes into a prompt."""
_CHARS_PER_TOKEN, _TURN_TOKENS = 3, 16

CountTokens = Callable[[Demonstration], int]


def choose(
    pool: Sequence[Demonstration],
    limit: int,
    *,
    location: Location,
    room_tokens: float,
    count_tokens: CountTokens,
    diversity: float = DIVERSITY,
) -> tuple[Demonstration, ...]:
    """At most `limit` of the pool, in at most `room_tokens`, the nearest first.

    `pool` is of one tenant, kind and scope, nearest first, with its similarities to the lot. Left out are those that
    nobody verified and those that a seat at `location` may not see. One that does not fit is passed over.
    """
    seen: set[str] = set()
    able = []
    for each in pool:
        if each.source in VERIFIERS and may_see(location, each.data_class) and each.text not in seen:
            seen.add(each.text)
            able.append(each)
    chosen: list[int] = []
    room = room_tokens
    for row in _by_marginal_relevance(able, diversity, limit):
        if len(chosen) == limit:
            break
        need = count_tokens(able[row])
        if need <= room:
            chosen.append(row)
            room -= need
    return tuple(able[row] for row in sorted(chosen))


def tokens_shown(demonstration: Demonstration) -> int:
    """Tokens that a demonstration takes in a prompt, rather too many than too few."""
    written = json.dumps(demonstration.output, ensure_ascii=False)
    return _TURN_TOKENS + (min(TEXT_CHARS, len(demonstration.text)) + len(written)) // _CHARS_PER_TOKEN


def _by_marginal_relevance(able: Sequence[Demonstration], diversity: float, limit: int) -> list[int]:
    """Rows in the order in which they would be chosen. Without comparable embeddings: as they come."""
    lengths = {len(each.embedding) for each in able}
    if diversity == 0 or len(able) <= 1 or len(lengths) != 1 or 0 in lengths:
        return list(range(len(able)))
    import numpy as np  # noqa: PLC0415 - most functions that know demonstrations choose none

    vectors = np.array([each.embedding for each in able])
    likeness = vectors @ vectors.T
    relevance = np.array([each.similarity for each in able])
    order: list[int] = []
    redundancy = np.zeros(len(able))
    left = np.ones(len(able), dtype=bool)
    for _ in able:
        score = np.where(left, relevance - diversity * redundancy, -np.inf)
        row = int(score.argmax())  # the first, so the nearer, of those that tie
        order.append(row)
        left[row] = False
        redundancy = np.maximum(redundancy, likeness[row])
        if len(order) >= 2 * limit:
            break
    return [*order, *np.flatnonzero(left).tolist()]
