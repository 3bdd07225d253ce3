"""Which solved lots go into a prompt."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.demonstrations import choose
from bidding.domain.ids import LotId
from bidding.domain.records import Demonstration, OutcomeSource


def _solved(text: str, degrees: float = 0.0, source: OutcomeSource = "human", **more: object) -> Demonstration:
    """A solved lot at an angle from the lot at hand."""
    angle = math.radians(degrees)
    made = Demonstration(
        LotId(text), "classify", "s", text, {"label": text}, source, (math.cos(angle), math.sin(angle)),
        similarity=math.cos(angle), data_class="public",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def _texts(pool: list[Demonstration], limit: int = 4, room: float = 1_000, diversity: float = 0.3) -> list[str]:
    chosen = choose(
        pool, limit, location="provider_region", room_tokens=room, count_tokens=lambda each: 10, diversity=diversity
    )
    return [each.text for each in chosen]


@pytest.mark.parametrize("source", ["checks", "judge", "failure"])
def test_what_no_human_verified_is_never_shown(source: OutcomeSource) -> None:
    """An answer that checks or a judge liked proves nothing, however near it is."""
    assert _texts([_solved("liked", source=source), _solved("verified", 60)]) == ["verified"]


def test_what_a_seat_may_not_see_is_never_shown() -> None:
    """A restricted lot stays on the host, and so does what it teaches."""
    assert _texts([_solved("secret", data_class="restricted"), _solved("open", 60)]) == ["open"]


def test_the_nearest_come_first_and_copies_are_left_out() -> None:
    """The order is that of likeness; the same text twice is one."""
    pool = [_solved("near", 1), _solved("near", 1, lot_id=LotId("copy")), _solved("far", 70)]
    assert _texts(pool) == ["near", "far"]


def test_variety_is_preferred_to_more_of_the_same() -> None:
    """Of two that are as near as each other, the one unlike what was chosen is chosen."""
    pool = [_solved("near", 20), _solved("like it", 22), _solved("on the other side", -24)]
    assert _texts(pool, limit=2) == ["near", "on the other side"]
    assert _texts(pool, limit=2, diversity=0.0) == ["near", "like it"]


def test_what_does_not_fit_is_passed_over() -> None:
    """A long one makes room for a short one further away."""
    pool = [_solved("long", 1), _solved("short", 40)]
    lengths = {"long": 80, "short": 20}
    chosen = choose(
        pool, 4, location="on_host", room_tokens=50, count_tokens=lambda each: lengths[each.text], diversity=0.0
    )
    assert [each.text for each in chosen] == ["short"]


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.sampled_from(["human", "judge", "checks"])), max_size=20),
    st.integers(0, 6),
    st.integers(0, 80),
    st.floats(0, 1),
)
def test_bounds_hold_for_any_pool(
    made: list[tuple[float, OutcomeSource]], limit: int, room: int, diversity: float
) -> None:
    """Never more than asked for, never more than fits, never one nobody verified, never one twice."""
    pool = [_solved(str(number), degrees, source) for number, (degrees, source) in enumerate(made)]
    chosen = _texts(pool, limit, room, diversity)
    assert len(chosen) <= limit
    assert 10 * len(chosen) <= room
    assert len(set(chosen)) == len(chosen)
    assert all(pool[int(text)].source == "human" for text in chosen)


def test_without_embeddings_the_order_stays() -> None:
    """Where nothing can be compared, what came first is shown first."""
    assert _texts([_solved("one", embedding=()), _solved("two", embedding=())]) == ["one", "two"]
