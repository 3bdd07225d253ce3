"""What one call may come to: the purse, what is under way, and the account of the fallback, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bidding.domain.learning.fallback import CHEAPEST_CV, CHEAPEST_SDS, Fallback
from bidding.domain.learning.pacing import RESERVE, ROOM_LOTS, Pacer
from bidding.domain.learning.under_way import Terms, UnderWay

ELSEWHERE = Terms(price=90.0, spread=40.0, held=500.0, quoted=30.0, listed=32.0, elsewhere=True)
ITSELF = Terms(price=30.0, spread=3.0, held=60.0, quoted=30.0, listed=32.0, elsewhere=False)


def test_what_is_under_way_is_summed_and_leaves_nothing_behind() -> None:
    """Prices add up, spreads by their squares; only calls elsewhere are beyond the fallback."""
    calls = UnderWay()
    for terms in (ELSEWHERE, ITSELF, ELSEWHERE):
        calls.add(terms)
    assert calls == UnderWay(3, 210.0, 40.0**2 * 2 + 9.0, 1_060.0, 90.0, 96.0, 120.0)
    assert calls.upper == 210.0 + math.sqrt(3_209.0)
    calls.remove(ELSEWHERE)
    assert calls == UnderWay(2, 120.0, 1_609.0, 560.0, 60.0, 64.0, 60.0)
    for terms in (ITSELF, ELSEWHERE):
        calls.remove(terms)
    assert calls == UnderWay()


def test_the_fallback_takes_its_list_until_quotes_lie_surely_below() -> None:
    """Quoted above the list: the quotes. Below by luck: the list. In between: the quotes and what luck explains."""
    none, lots = UnderWay(), 399
    luck = CHEAPEST_SDS * CHEAPEST_CV / math.sqrt(400)
    for quoted, taken in ((35.0, 35.0), (28.0, 32.0), (20.0, 20.0 + 32.0 * luck)):
        account = Fallback(lots, 32.0, quoted * lots, 32.0 * lots, beyond=500.0)
        assert account.headroom(100.0, quoted, 32.0, none) == pytest.approx(400 * (100 - taken) - 500 + quoted)
    assert account.headroom(10.0, 20.0, 32.0, none) == pytest.approx(-480.0)  # no allowance is left beyond it
    assert account.takes(31.9, 32.0, none)
    assert not account.takes(32.1, 32.0, none)


def test_calls_under_way_count_as_lots_of_the_fallback() -> None:
    """What they were quoted at, and what they cost beyond it, is taken from what the next one may come to."""
    account, calls = Fallback(), UnderWay()
    for _ in range(2):
        calls.add(ELSEWHERE)
    assert account.headroom(100.0, 50.0, 20.0, calls) == 3 * 100 - (60 + 50) - 120 + 50
    assert account.headroom(100.0, 50.0, 20.0, UnderWay()) == 100 - 50 + 50
    account.paid(ELSEWHERE, 100.0)
    account.paid(ITSELF, 29.0)
    assert (account.lots, account.mean, account.quoted, account.listed, account.beyond) == (2, 32.0, 60.0, 64.0, 70.0)


def test_the_purse_is_what_is_left_once_all_is_paid() -> None:
    """Every call under way brings its allowance and takes what it may come to; the purse overflows as ever."""
    pacer = Pacer(100.0)
    pacer.purse_micros = 50.0
    assert pacer.sure_purse_micros == 50.0
    pacer.ask(0, 30.0, 32.0)
    dear, cheap = pacer.award(1, 300.0, end=2.0), pacer.award(0, 10.0)
    assert (dear.elsewhere, cheap.elsewhere) == (True, False)
    assert pacer.sure_purse_micros == pytest.approx(50 + 2 * (1 - RESERVE) * 100 - 310 - 300)
    pacer.void(dear)
    for _ in range(20):
        pacer.award(0, 10.0)
    assert pacer.sure_purse_micros == ROOM_LOTS * 100  # the target is 0 before λ was solved


def test_who_repays_draws_on_all_that_is_not_spent() -> None:
    """After a surprise that the purse cannot bear, as long as the allowances can, forfeited or not."""
    for surprise, admitted in ((60_000.0, [True, True, False]), (75_000.0, [True, False, False])):
        pacer = Pacer(100.0)
        for row, cost in (*999 * [(0, 30.0)], (2, surprise)):
            pacer.ask(0, 30.0, 30.0)
            pacer.paid(cost, pacer.award(row, cost))
        assert pacer.purse_micros < -50_000
        assert (pacer.spent_micros < 1_000 * 100) == admitted[1]
        let_in = pacer.admits(np.array([30.0, 50.0, 95.0]), np.full(3, 1.2), fallback=0)
        assert let_in is not None
        assert let_in.tolist() == admitted
