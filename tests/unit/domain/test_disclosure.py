"""What may leave for logs, metrics and traces."""

from __future__ import annotations

import uuid
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain import all_events
from bidding.domain.all_events import EVENTS
from bidding.domain.disclosure import FIELDS, MASK, disclosed
from bidding.domain.events import MarketEvent
from bidding.domain.measurements import BY_NAME, METRICS, measured

_CODES = {"status": "claimed", "reason": "throttled", "side": "operator"}
_ADDRESS = "wei.zhang@atrium.example"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_field_of_an_event_is_listed(event: type[MarketEvent]) -> None:
    """Nothing that an event knows is dropped without a word: all its fields are on the allow-list."""
    assert {each.name for each in fields(event)} <= FIELDS.keys()


def test_every_module_of_events_is_listed() -> None:
    """No module whose name ends in `events` is left out of all events."""
    modules = {file.stem for file in Path(all_events.__file__).parent.glob("*events.py")} - {"all_events"}
    assert {event.__module__.rsplit(".", 1)[-1] for event in EVENTS} == modules


def test_names_are_their_own() -> None:
    """Every event has its own name, and a sentence about it."""
    assert len({event.name for event in EVENTS}) == len(EVENTS) >= 20
    assert all(event.__doc__ for event in EVENTS)


def test_unknown_fields_are_dropped_and_wrong_values_masked() -> None:
    """A field nobody listed is left out; a value without its field's shape is masked, whatever it is."""
    said = {"body": "Dear Ada", "kind": "Dear Ada", "seat_id": _ADDRESS, "lots": "3", "reward": float("nan"), "bids": 2}

    assert disclosed(said) == {"kind": MASK, "seat_id": MASK, "lots": MASK, "reward": MASK, "bids": 2}


@given(
    st.sampled_from(sorted(FIELDS)),
    st.one_of(
        st.text(min_size=1, max_size=200).map(lambda text: f"please see {text}"),
        st.emails(),
        st.lists(st.integers()),
        st.dictionaries(st.text(), st.text()),
        st.binary(),
    ),
)
def test_no_field_has_room_for_a_sentence(name: str, value: object) -> None:
    """Whatever field of an event text, an address or a document is put into, it does not come out."""
    assert disclosed({name: value}) == {name: MASK}


def _example(event: type[MarketEvent]) -> MarketEvent:
    """An event with a value of the right type in every field."""
    values: dict[str, object] = {}
    hints = get_type_hints(event)
    for field in fields(event):
        hint = str(hints[field.name])
        if field.name.endswith("_id"):
            values[field.name] = str(uuid.uuid4())
        elif "int" in hint or "float" in hint:
            values[field.name] = 25
        elif "bool" in hint:
            values[field.name] = True
        else:
            values[field.name] = {"status": "claimed", "reason": "throttled", "side": "operator"}.get(
                field.name, "mail"
            )
    return event(**values)


def test_measurements_are_in_the_catalogue() -> None:
    """What events measure is described, and names of metrics are unique."""
    names = {name for event in EVENTS for name in measured(_example(event))}

    assert names <= BY_NAME.keys()
    assert len(BY_NAME) == len(METRICS)
    assert len(names) > 25


def test_a_seat_is_measured_where_the_event_names_one() -> None:
    """Metrics with a seat are measured by events that know the seat, so that the dimension is never missing."""
    for event in EVENTS:
        names = measured(_example(event))
        if any(BY_NAME[name].scope != "service" for name in names):
            assert "seat_id" in {each.name for each in fields(event)}, event.name
