"""How a seat may be called, and what it charges for cached input."""

from dataclasses import replace

import pytest

from bidding.domain.calls import CallSettings
from bidding.domain.circuits import COOL_MS_MAX, Circuit, is_well
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from bidding.domain.usage import Usage

HOSTED = CallSettings(base_url="https://models.example/v1", api_key="secret:atomic/seats/models")
SEAT = Seat(
    SeatId("hosted/zero"), "openai_compatible", "m", frozenset({"draft"}), "third_party", PriceList(), call=HOSTED
)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"api_key": "sk-live-123456"}, "say where the key lies"),
        ({"api_key": "env:AWS_SECRET_ACCESS_KEY"}, "say where the key lies"),
        ({"base_url": "ftp://host"}, "no address"),
        ({"base_url": "https://user:pass@host/v1"}, "put the key under api_key"),
        ({"base_url": "http://169.254.169.254/latest"}, "metadata service"),
        ({"concurrency": 0}, "concurrency"),
        ({"guardrail": "no version"}, "guardrail"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, object], told: str) -> None:
    """A key written out, an address that is none and a limit of nothing are told, not taken."""
    with pytest.raises(InvalidRequest, match=told):
        replace(HOSTED, **settings)  # type: ignore[arg-type]


def test_data_leaves_the_house_encrypted() -> None:
    """A seat elsewhere is reached by https, one of our own by http too, and this machine is nobody else."""
    open_call = replace(HOSTED, base_url="http://models.example/v1")
    with pytest.raises(InvalidRequest, match="https only"):
        replace(SEAT, call=open_call)
    assert replace(SEAT, call=open_call, location="own_account")
    assert replace(SEAT, call=replace(HOSTED, base_url="http://127.0.0.1:8080/v1"))


def test_a_third_party_signs_and_is_told_apart() -> None:
    """A third party needs a signing key and its own location."""
    with pytest.raises(InvalidRequest, match="signing_key"):
        replace(SEAT, engine="third_party")
    with pytest.raises(InvalidRequest, match=r"call\.base_url"):
        replace(SEAT, call=CallSettings())


def test_cached_input_has_its_own_price() -> None:
    """Cached tokens are billed at their prices, as input where none is stated, and held at the dearest."""
    prices = PriceList(1_000_000, 4_000_000, cache_read_micros_per_mtok=100_000, cache_write_micros_per_mtok=1_250_000)
    usage = Usage(100, 10, cache_read_tokens=1_000, cache_write_tokens=200)
    assert prices.cost_micros(usage) == 100 + 40 + 100 + 250
    assert replace(prices, cache_read_micros_per_mtok=None).cost_micros(usage) == 100 + 40 + 1_000 + 250
    assert prices.ceiling_micros(1_000, 10, 1_000) == 1_250 + 40
    assert usage.prompt_tokens == 1_300


def test_an_open_circuit_and_full_places_make_a_seat_ineligible() -> None:
    """A seat is shown no lot while its circuit is open, a probe is under way, or all its places are taken."""
    opened = replace(SEAT, circuit=Circuit(failures=3, openings=1, open_until_ms=2_000))
    assert opened.ineligible_because("draft", "public", 1_999) == "circuit_open"
    assert opened.ineligible_because("draft", "public", 2_000) is None
    probed = replace(opened, circuit=replace(opened.circuit, calls_until_ms=(3_000,)))
    assert probed.ineligible_because("draft", "public", 2_000) == "circuit_open"
    limited = replace(SEAT, call=replace(HOSTED, concurrency=1), circuit=Circuit(calls_until_ms=(3_000,)))
    assert limited.ineligible_because("draft", "public", 2_999) == "busy"
    assert limited.ineligible_because("draft", "public", 3_000) is None


def test_a_circuit_never_stays_open_for_ever() -> None:
    """The cooling time doubles up to its bound."""
    circuit, now_ms = Circuit(failures=2), 0
    for _ in range(30):
        circuit = circuit.after(False, now_ms)
        assert circuit.open_until_ms is not None
        assert circuit.open_until_ms - now_ms <= COOL_MS_MAX
        now_ms = circuit.open_until_ms
    assert circuit.after(True, now_ms) == Circuit()


def test_only_faults_of_the_provider_count() -> None:
    """A bad answer shows that its provider is well; what was our doing, or a lot's own hurry, shows nothing."""
    assert is_well("throttled", had_its_time=True) is False
    assert is_well("too_slow", had_its_time=True) is False
    assert is_well("too_slow", had_its_time=False) is None
    assert is_well("busy", had_its_time=True) is None
    assert is_well("invalid", had_its_time=True) is True
    assert is_well(None, had_its_time=False) is True
