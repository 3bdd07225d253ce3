"""What an auction and an award must be, tried past the trigger that refuses all changes."""

from __future__ import annotations

import psycopg
import pytest

from bidding.adapters.postgres.errors import constraint_of
from tests.database.conftest import Connection
from tests.ledger_samples import World

_NOT_WHOLE = {
    "a price too few": "bid_price_micros = '{1}'",
    "a price below zero": "bid_price_micros[2] = -1",
    "a price unknown": "bid_price_micros[2] = NULL",
    "no prices": "bid_price_micros = NULL",
    "a hold below zero": "bid_hold_micros[1] = -1",
    "an upper price below zero": "bid_price_upper_micros = array_fill(-1::bigint, ARRAY[cardinality(bidders)])",
    "a price to win below zero": "notice_price_to_win_micros[2] = -1",
    "a listed price too many": "bid_listed_micros = array_fill(1::float8, ARRAY[cardinality(bidders) + 1])",
    "demonstrations of one bid only": "bid_demonstrations = '[[]]'",
    "a notice without its score": "notice_score = NULL",
    "scores without their notice": "notice_reason = NULL",
    "a score that is no number": "notice_score[1] = NULL",
    "a chance above one": "notice_propensity[1] = 1.1",
    "a seat that bid twice": "bidders[2] = bidders[1]",
    "a seat that bid and was absent": "absent[1] = bidders[1]",
    "an absence without its reason": "absent_reason = '{}'",
    "a reason without its absence": "absent_reason = array_append(absent_reason, NULL)",
    "a detail that is unknown": "absent_detail = array_fill(NULL::text, ARRAY[cardinality(absent)])",
    "bids of nobody": "bidders = NULL",
}


@pytest.mark.parametrize("what", _NOT_WHOLE)
def test_bids_are_whole(filled: World, connection: Connection, what: str) -> None:
    """An auction's lists say something of each of its bids, amounts are not negative, and a seat answers once."""
    connection.execute("SET session_replication_role = replica")  # past the trigger that refuses all changes
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(f"UPDATE auctions SET {_NOT_WHOLE[what]} WHERE tenant = %s".encode(), (filled.tenant,))

    assert constraint_of(refused.value) == "auctions_bids_are_whole"


@pytest.mark.parametrize(
    ("constraint", "change"),
    [("awards_price_not_negative", "price_micros = -1"), ("awards_propensity_is_a_chance", "propensity = 2")],
)
def test_awards_stay_sound(filled: World, connection: Connection, constraint: str, change: str) -> None:
    """Not even who gets past the trigger that refuses all changes makes an award what none can be."""
    connection.execute("SET session_replication_role = replica")
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(f"UPDATE awards SET {change} WHERE tenant = %s".encode(), (filled.tenant,))

    assert constraint_of(refused.value) == constraint
