"""The chance of every label, from a model's own next-token probabilities: nothing is generated.

The labels, as the tokens that would write them, form a tree. At each fork the model's probabilities of the tokens that
go on are read after the prompt and the way so far, and shared out among the ways that there are; a label's chance is
the product along its way. That is the distribution which a grammar that allows these labels alone decodes from. A tree
of labels that begin differently takes one reading.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence

OPENING = '{"label":"'
"""What an answer begins with, before the label."""
_END = '"}'

Tokens = tuple[int, ...]
Tokenise = Callable[[str], Tokens]
NextTokens = Callable[[Tokens], Mapping[int, float]]
"""Log-probability of the likeliest tokens after the prompt and these tokens; those not told are less likely."""


def label_ways(labels: Sequence[str], tokenise: Tokenise) -> tuple[Tokens, ...]:
    """The tokens of each label and of the end of the answer, as a model writes them after `OPENING`."""
    opening = tokenise(OPENING)
    ways = []
    for label in labels:
        written = json.dumps(label, ensure_ascii=False)[1:-1] + _END
        whole = tokenise(OPENING + written)
        ways.append(whole[len(opening) :] if whole[: len(opening)] == opening else tokenise(written))
    return tuple(ways)


def label_chances(ways: Sequence[Tokens], next_tokens: NextTokens) -> tuple[float, ...]:
    """The chance of each way; they add up to 1. Two labels that are written alike share theirs."""
    chances = [0.0] * len(ways)
    open_: list[tuple[Tokens, float, list[int]]] = [((), 1.0, list(range(len(ways))))]
    while open_:
        so_far, chance, rows = open_.pop()
        at = len(so_far)
        ended = [row for row in rows if len(ways[row]) == at]
        onward: dict[int, list[int]] = {}
        for row in rows:
            if len(ways[row]) > at:
                onward.setdefault(ways[row][at], []).append(row)
        if ended or len(rows) == 1:
            for row in ended or rows:
                chances[row] = chance / len(ended or rows)
            continue
        shares = dict.fromkeys(onward, 1.0) if len(onward) == 1 else _shares(list(onward), next_tokens(so_far))
        open_.extend(((*so_far, token), chance * shares[token], rows) for token, rows in onward.items())
    return tuple(chances)


def _shares(tokens: Sequence[int], told: Mapping[int, float]) -> dict[int, float]:
    """The chances of these tokens among each other; one that was not told is as likely as the least likely told."""
    least = min(told.values(), default=0.0)
    logs = {token: told.get(token, least) for token in tokens}
    top = max(logs.values())
    weights = {token: math.exp(log - top) for token, log in logs.items()}
    total = sum(weights.values())
    return {token: weight / total for token, weight in weights.items()}
