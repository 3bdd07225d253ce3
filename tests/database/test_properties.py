"""Money under any sequence of calls, and floats through any trip, on the real database."""

from __future__ import annotations

import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bidding.adapters.in_memory import InMemoryLedger
from bidding.adapters.postgres import PostgresLedger
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import TenantId
from bidding.domain.learning.state import BeliefState, LearnerState, PaceState, WatchState
from bidding.domain.policy import Policy
from bidding.domain.records import AuctionRecord, Settlement
from bidding.ports.ledger import Ledger
from tests.ledger_samples import NOW, World

_LOTS = 3
_MOVES = ("hold", "award", "claim", "settle", "settle_too_much", "void", "void_unawarded", "release")
_Move = tuple[str, int, int]
_moves = st.lists(st.tuples(st.sampled_from(_MOVES), st.integers(0, _LOTS - 1), st.integers(0, 1_000)), max_size=25)
_modest = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
_floats = st.floats(allow_nan=False, allow_infinity=False)
_tables = st.lists(st.tuples(_floats, _floats), max_size=3).map(tuple)
_states = st.builds(
    LearnerState,
    seats=st.lists(st.text("ab/:", min_size=1)).map(tuple),
    beliefs=st.builds(BeliefState, _tables, _tables, _tables, st.lists(st.integers(0, 9)).map(tuple)),
    watches=st.lists(st.builds(WatchState, _floats, _floats, st.none() | st.integers(0, 2**62))).map(tuple),
    pace=st.builds(PaceState, allowance_micros=st.none() | _floats, purse_micros=_floats, values=_tables),
)


def play(ledger: Ledger, tenant: TenantId, moves: list[_Move], limit_micros: int) -> list[str]:
    """What became of each move, with the invariants checked after every one."""
    world = World(ledger, tenant)
    ledger.set_budget(tenant, limit_micros)
    records = [world.auction(lot) for lot in world.lots(_LOTS, key="mail-1")]
    answers = []
    for move, index, amount in moves:
        try:
            answers.append(str(make(world, move, records[index], amount)))
        except (LedgerConflict, UnknownRecord) as refused:
            answers.append(type(refused).__name__)
        found = ledger.conservation(tenant)
        assert found.holds
        assert found.settled_micros + found.open_hold_micros <= limit_micros
    return answers


def make(world: World, move: str, record: AuctionRecord, amount: int) -> bool | None:
    ledger, tenant, award = world.ledger, world.tenant, record.award
    assert award is not None
    match move:
        case "hold":
            return world.hold(award)
        case "award":
            ledger.record_auction(tenant, record, NOW)
        case "claim":
            return ledger.claim_execution(tenant, award.award_id, NOW)
        case "settle":
            ledger.settle(tenant, Settlement(award.hold_id, award.award_id, "settled", min(amount, 1_000)), NOW)
        case "settle_too_much":
            ledger.settle(tenant, Settlement(award.hold_id, award.award_id, "settled", 1_001 + amount), NOW)
        case "void":
            ledger.settle(tenant, Settlement(award.hold_id, award.award_id, "voided", 0), NOW)
        case "void_unawarded":
            ledger.settle(tenant, Settlement(award.hold_id, None, "voided", 0), NOW)
        case _:
            ledger.release_orphan_holds(tenant, award.lot_id, 2, NOW)
    return None


@_modest
@given(moves=_moves, limit_micros=st.integers(0, 4_000))
def test_money_is_conserved(ledger: PostgresLedger, moves: list[_Move], limit_micros: int) -> None:
    """Whatever is held, awarded, settled and voided, the budget adds up, and both ledgers answer alike."""
    tenant = TenantId(str(uuid.uuid4()))

    answers = play(ledger, tenant, moves, limit_micros)

    assert answers == play(InMemoryLedger(), tenant, moves, limit_micros)


@_modest
@given(state=_states)
def test_policy_keeps_every_bit(ledger: PostgresLedger, state: LearnerState) -> None:
    """A policy comes back with every float equal to the bit, negative zero and subnormal numbers included."""
    tenant = TenantId(str(uuid.uuid4()))
    policy = Policy(1, state)

    ledger.append(tenant, policy, 1, NOW)
    found = ledger.current(tenant)

    assert found == policy
    assert repr(found) == repr(policy)  # equal numbers may still differ in their sign of zero
