"""The bid protocol over real HTTP: an honest bidder, and every other kind."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bidding.adapters.bid_signing import HEADER, is_signed, signature
from bidding.adapters.http import HttpCaller
from bidding.adapters.keys import KeyRing
from bidding.adapters.third_party import ThirdPartyEngine
from bidding.domain.bids import NoBid
from bidding.domain.calls import CallSettings
from bidding.domain.claims import CallForBid, Claim
from bidding.domain.errors import EngineFailure
from bidding.domain.ids import LotId, SeatId, TaskId, TenantId
from bidding.domain.lots import Lot
from bidding.domain.seats import PriceList, Seat
from bidding.services.solicitation import Asked, solicit_all
from schemas.bid_protocol import BidCall, JobCall
from tests.unit.engines.jobs import REFS, make_job
from tests.wire.servers import (
    Behaviour,
    Request,
    Server,
    answering,
    cut,
    drip,
    flood,
    hang,
    hang_up,
    reply,
    serving,
)

KEY = "shared between two"
TEXT = '{"label":"billing","confidence":0.9}'
JOB = replace(make_job("classify"), award="award-1", timeout_ms=2_000)
LOT = Lot(
    LotId("11111111-1111-7111-8111-111111111111"), TaskId("t"), TenantId("t"), 0, "classify", "body",
    REFS["classify"], "payloads/0", "public", value_micros=400, price_ceiling_micros=900,
)  # fmt: skip
OFFER = {"price_micros": 80, "quality": 0.9, "latency_ms": 400}


def bidding(**changes: Any) -> Behaviour:
    """A bidder that makes an offer, with some of it changed."""
    return answering(lambda request: {"id": request.json["id"], "bid": {**OFFER, **changes}})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A bidder that behaves as each test says."""
    with serving(bidding()) as server:
        yield server


@pytest.fixture
def engine() -> Iterator[ThirdPartyEngine]:
    """The engine with the shared key."""
    made = ThirdPartyEngine(KeyRing({"ATOMIC_KEY_BIDDER": KEY}, lambda name: name), HttpCaller())
    yield made
    made.close()


@pytest.fixture
def seat(server: Server) -> Seat:
    """The bidder's seat."""
    call = CallSettings(base_url=f"{server.url}/atomic", signing_key="env:ATOMIC_KEY_BIDDER")
    prices = PriceList(output_micros_per_mtok=1_000_000)
    return Seat(SeatId("bidder"), "third_party", "any", frozenset({"classify"}), "third_party", prices, call=call)


def call_for_bid(tmax_ms: int = 2_000) -> CallForBid:
    return CallForBid(LOT, JOB, 1, price_max_micros=160, tmax_ms=tmax_ms)


def is_from_us(request: Request) -> bool:
    return is_signed(KEY, request.path, request.body, request.headers[HEADER.lower()], int(time.time()))


def test_a_bidder_is_asked_and_its_terms_are_taken(server: Server, engine: ThirdPartyEngine, seat: Seat) -> None:
    """The call is signed and of its type, says nothing of value or sender, and the offer becomes a claim."""
    server.behave(bidding(unknown="of a later version"))
    claim = engine.solicit(seat, call_for_bid())
    (request,) = server.requests
    assert claim == Claim(seat.seat_id, 80, 0.9, 400)
    assert request.path == "/atomic/bids"
    assert is_from_us(request)
    assert BidCall.model_validate_json(request.body).lot.kind == "classify"
    assert b"value" not in request.body
    assert b'"sender"' not in request.body


def test_the_winner_does_the_job_over_the_same_protocol(server: Server, engine: ThirdPartyEngine, seat: Seat) -> None:
    """The award's id goes with the job, and its answer comes back as text."""
    server.behave(answering(lambda request: {"id": request.json["id"], "answer": TEXT}))
    assert engine.answer(seat, JOB).text == TEXT
    (request,) = server.requests
    assert request.path == "/atomic/jobs"
    assert is_from_us(request)
    assert JobCall.model_validate_json(request.body).id == "award-1"


def test_a_signature_is_for_one_path_one_body_and_five_minutes() -> None:
    """A message that was changed, sent elsewhere or kept is not ours; neither is one with another key."""
    header = signature(KEY, "/bids", b"{}", 1_000_000)
    assert is_signed(KEY, "/bids", b"{}", header, 1_000_299)
    for key, path, body, now in (
        (KEY, "/bids", b"{} ", 1_000_000),
        (KEY, "/jobs", b"{}", 1_000_000),
        (KEY, "/bids", b"{}", 1_000_301),
        ("other", "/bids", b"{}", 1_000_000),
    ):
        assert not is_signed(key, path, body, header, now)
    assert not is_signed(KEY, "/bids", b"{}", "t=1000000,v1=", 1_000_000)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (answering(lambda request: {"id": request.json["id"], "nbr": 510, "detail": "full"}), "declined"),
        (answering(lambda _: {"id": "another", "bid": OFFER}), "technical_error"),
        (bidding(price_micros=161), "technical_error"),
        (bidding(price_micros=0), "technical_error"),
        (bidding(price_micros=-5), "no_answer"),
        (bidding(price_micros=1e30), "no_answer"),
        (bidding(quality=1.5), "no_answer"),
        (bidding(quality="best"), "no_answer"),
        (reply(200, b'{"id": "1", "bid": {"price_micros": NaN}}'), "no_answer"),
        (reply(200, b"[" * 100_000), "no_answer"),
        (reply(200, b"no JSON"), "no_answer"),
        (reply(429, b""), "no_answer"),
        (reply(500, b"{}"), "no_answer"),
        (reply(302, b"", location="http://127.0.0.1:9/"), "no_answer"),
        (cut({"id": "1"}, 5), "no_answer"),
        (flood(3_000_000), "no_answer"),
        (hang_up, "no_answer"),
    ],
)
def test_a_hostile_bidder_makes_no_bid(
    server: Server, engine: ThirdPartyEngine, seat: Seat, behaviour: Behaviour, reason: str
) -> None:
    """Whatever a bidder sends instead of an offer within its contract is a no-bid with a reason, never an error."""
    server.behave(behaviour)
    answer = engine.solicit(seat, call_for_bid())
    assert isinstance(answer, NoBid)
    assert answer.reason == reason


def test_a_slow_bidder_holds_up_nobody(server: Server, engine: ThirdPartyEngine, seat: Seat) -> None:
    """All are asked at once; who has not answered at tmax, silent or dripping, made no bid."""
    with serving(drip(30)) as dripping:
        server.behave(hang(30))
        slow = replace(seat, seat_id=SeatId("slow"), call=replace(seat.call, base_url=dripping.url))
        began = time.monotonic()
        answers = solicit_all([Asked(each, engine, call_for_bid(300)) for each in (seat, slow)])
        assert time.monotonic() - began < 10
    assert {seat: answer.reason for seat, answer in answers.items() if isinstance(answer, NoBid)} == {
        "bidder": "no_answer",
        "slow": "no_answer",
    }


@pytest.mark.parametrize(
    ("behaviour", "reason", "started"),
    [
        (answering(lambda request: {"id": request.json["id"], "failure": "refused"}), "refused", False),
        (answering(lambda request: {"id": request.json["id"]}), "invalid", False),
        (answering(lambda _: {"id": "another", "answer": TEXT}), "invalid", True),
        (reply(200, {"id": "award-1", "answer": 7}), "invalid", True),
        (reply(200, {"id": "award-1", "answer": "x" * 60_000}), "invalid", True),
        (reply(429, b""), "throttled", False),
        (reply(503, b""), "unavailable", True),
        (hang_up, "unavailable", True),
        (hang(4), "too_slow", True),
    ],
)
def test_a_winner_that_does_not_deliver_is_a_typed_failure(
    server: Server, engine: ThirdPartyEngine, seat: Seat, behaviour: Behaviour, reason: str, started: bool
) -> None:
    """No answer, a wrong one or none in time has a reason."""
    server.behave(behaviour)
    with pytest.raises(EngineFailure) as raised:
        engine.answer(seat, replace(JOB, timeout_ms=2_500))
    assert (raised.value.reason, raised.value.started) == (reason, started)


def test_the_offered_lot_is_plain_json(server: Server, engine: ThirdPartyEngine, seat: Seat) -> None:
    """A bidder needs no library of ours: names, schema and input are in the message."""
    server.behave(bidding())
    engine.solicit(seat, call_for_bid())
    lot = json.loads(server.requests[0].body)["lot"]
    assert lot["json_schema"]["properties"]["label"]["enum"] == ["billing", "support", "scheduling", None]
    assert lot["input"]["labels"][0]["name"] == "billing"
