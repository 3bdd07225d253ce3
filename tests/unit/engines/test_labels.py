"""The chance of a label is read off the model, not generated."""

import math
from collections.abc import Mapping

import pytest

from bidding.adapters.llama.labels import OPENING, Tokens, label_chances, label_ways


def _characters(text: str) -> Tokens:
    return tuple(ord(character) for character in text)


def _merging(text: str) -> Tokens:
    """Tokens that merge the opening with the first letter of `q…`, as byte-pair encodings may."""
    merged = OPENING + "q"
    return (-1, *_characters(text.removeprefix(merged))) if text.startswith(merged) else _characters(text)


class Model:
    """Says after which tokens it was asked, and what comes next by a table of text."""

    def __init__(self, table: Mapping[str, Mapping[str, float]]) -> None:
        self.table = table
        self.asked: list[str] = []

    def __call__(self, so_far: Tokens) -> Mapping[int, float]:
        """Log-probabilities of single characters."""
        written = "".join(map(chr, so_far))
        self.asked.append(written)
        return {ord(character): math.log(chance) for character, chance in self.table[written].items()}


def test_labels_that_begin_differently_take_one_reading() -> None:
    """The first token tells all; what the model would say besides the labels is shared out among them."""
    model = Model({"": {"a": 0.3, "b": 0.1, "z": 0.6}})
    chances = label_chances(label_ways(("apple", "bread"), _characters), model)
    assert chances == pytest.approx((0.75, 0.25))
    assert model.asked == [""]


def test_a_label_that_begins_another_ends_with_the_quote() -> None:
    """At the fork after the common part, going on and ending are told apart."""
    model = Model({"": {"p": 0.2, "x": 0.2}, "pay": {'"': 0.1, "-": 0.3}})
    chances = label_chances(label_ways(("pay", "pay-later", "x"), _characters), model)
    assert chances == pytest.approx((0.125, 0.375, 0.5))
    assert model.asked == ["", "pay"]


def test_a_label_that_the_model_did_not_tell_is_least_likely() -> None:
    """Beyond what was told nothing is known but that it is no likelier than the least told."""
    chances = label_chances(label_ways(("a", "b"), _characters), Model({"": {"a": 0.9, "z": 0.1}}))
    assert chances == pytest.approx((0.9, 0.1))


def test_a_single_label_is_certain() -> None:
    """Nothing is read where there is no choice; labels that are written alike share."""
    model = Model({})
    assert label_chances(label_ways(("only",), _characters), model) == (1.0,)
    assert label_chances(label_ways(("same", "same"), _characters), model) == (0.5, 0.5)
    assert model.asked == []


def test_a_label_that_merges_with_the_opening_is_written_apart() -> None:
    """Where the tokens of the opening change with the label, the label is written by tokens of its own."""
    assert label_ways(("quiet",), _merging) == (_characters('quiet"}'),)
