"""A declared plan is followed as a whole or refused with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.errors import RefusedDocument
from bidding.domain.lots import Label, Payload, SchemaRef, Terms
from bidding.domain.plans import DEPTH_MAX, LOTS_MAX, DeclaredLot, planned


def _lot(name: str, *needs: str, kind: str = "summarise", text: str = "text") -> DeclaredLot:
    return DeclaredLot(name, kind, Payload(name, text), needs)


def test_lots_come_after_all_they_need() -> None:
    """Declared in any order, they are put into one that works; positions follow it."""
    plan = planned([_lot("end", "a", "b"), _lot("b", "a"), _lot("a")], {})
    assert [(lot.payload.part, lot.needs) for lot in plan] == [("a", ()), ("b", (0,)), ("end", (0, 1))]


@pytest.mark.parametrize(
    ("lots", "reason"),
    [
        ([], "0 lots"),
        ([_lot(str(number)) for number in range(LOTS_MAX + 1)], "65 lots"),
        ([_lot("a"), _lot("a")], "two lots are called 'a'"),
        ([_lot("a", kind="dance")], "no kind 'dance'"),
        ([_lot("a", kind="classify")], "needs labels"),
        ([_lot("a", text=" ")], "there is no text"),
        ([_lot("a", "ghost")], "needs ghost"),
        ([_lot("a", "a")], "circle"),
        ([_lot("a", "b"), _lot("b", "c"), _lot("c", "a")], "circle"),
        ([_lot("0"), *(_lot(str(n), str(n - 1)) for n in range(1, DEPTH_MAX + 1))], "17 deep"),
    ],
)
def test_a_bad_plan_is_refused(lots: list[DeclaredLot], reason: str) -> None:
    """Nothing of it is opened, and the refusal says what is wrong."""
    with pytest.raises(RefusedDocument, match=reason) as refused:
        planned(lots, {})
    assert refused.value.reason == "invalid_plan"


def test_a_plan_too_dear_is_refused() -> None:
    """What its lots may come to together is known before the first of them."""
    dear = Terms(SchemaRef("summary.v1"), value_micros=900_000, price_ceiling_micros=600_000)
    planned([_lot("a")], {"summarise": dear})
    with pytest.raises(RefusedDocument, match="1200000 micro-dollars"):
        planned([_lot("a"), _lot("b")], {"summarise": dear})


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=10))
def test_any_graph_is_ordered_or_refused(needs: list[list[int]]) -> None:
    """A plan that is followed has every lot once, after all it needs; any other is refused."""
    lots = [_lot(str(number), *map(str, wanted)) for number, wanted in enumerate(needs)]
    try:
        plan = planned(lots, {})
    except RefusedDocument:
        return
    assert sorted(lot.payload.part for lot in plan) == sorted(lot.name for lot in lots)
    assert all(need < position for position, lot in enumerate(plan) for need in lot.needs)


def test_labels_make_a_classification() -> None:
    """With labels of its own it is as good as any lot."""
    payload = Payload("a", "text", labels=(Label("x", ""),))
    assert planned([DeclaredLot("a", "classify", payload)], {})[0].kind == "classify"
