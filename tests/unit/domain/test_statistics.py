"""The market's recent figures: each is what its definition says, and unknown where nobody could tell."""

from __future__ import annotations

import pytest

from bidding.domain.ids import AuctionId, SeatId
from bidding.domain.logged import LoggedAuction, LoggedBid
from bidding.domain.statistics import CalibrationBin, calibration, market_statistics

CHEAP, DEAR = SeatId("cheap"), SeatId("dear")


def auction(number: int, winner: SeatId, reward: float | None, cost: int | None = 10) -> LoggedAuction:
    """Cheap asks 10 and is believed to be worth 0.5, dear asks 100 and 0.9."""
    bids = (LoggedBid(CHEAP, 10, 0.5, 0.1, 5), LoggedBid(DEAR, 100, 0.9, 0.1, 5))
    return LoggedAuction(AuctionId(f"{number:04d}"), 400, 0, 0.0, winner, 0.5, reward, cost, bids)


def test_a_market_without_auctions_knows_nothing() -> None:
    """Nothing is counted, and what cannot be told is None."""
    figures = market_statistics([])
    assert (figures.auctions, figures.concentration, figures.seats, figures.calibration) == (0, None, (), ())
    assert (figures.savings.reward, figures.savings.mix_reward, figures.savings.spent_micros) == (None, None, 0)


def test_seats_are_counted_where_they_bid_and_judged_where_they_won() -> None:
    """Win shares add up, means are over judged wins only, and drift is the later half less the earlier half."""
    log = [auction(at, CHEAP, 0.2 if at < 5 else 0.6) for at in range(10)]
    log += [auction(10, DEAR, None, 100), auction(11, DEAR, 1.0, None)]

    cheap, dear = market_statistics(log).seats

    assert (cheap.bids, cheap.wins, cheap.judged, cheap.mean_price_micros) == (12, 10, 10, 10)
    assert (cheap.promised, cheap.rewarded, cheap.drift) == (0.5, pytest.approx(0.4), pytest.approx(0.4))
    assert (dear.wins, dear.judged, dear.promised, dear.rewarded, dear.drift) == (2, 1, 0.9, 1.0, None)
    assert cheap.win_share + dear.win_share == pytest.approx(1)
    assert market_statistics(log).concentration == pytest.approx((10 / 12) ** 2 + (2 / 12) ** 2)


def test_savings_are_against_the_seat_believed_best_and_the_best_mix() -> None:
    """A call that has not ended costs nothing yet; the mix is read off the hull of the seats' means at our spend."""
    log = [auction(at, CHEAP, 0.5) for at in range(6)] + [auction(6 + at, DEAR, 0.9, 100) for at in range(6)]
    log.append(auction(12, DEAR, None, None))

    savings = market_statistics(log).savings

    assert (savings.spent_micros, savings.best_single_micros, savings.quoted_micros) == (660, 1200, 660)
    assert savings.reward == pytest.approx(0.7)
    assert savings.mix_reward == pytest.approx(0.7)  # half the money of always-dear buys half its advantage


def test_calibration_groups_by_what_was_promised() -> None:
    """Bins hold means of what they group; promises outside [0, 1] fall into the outermost bins."""
    assert calibration([(0.11, 0.0), (0.19, 1.0), (1.2, 0.8), (-0.3, 0.1)]) == (
        CalibrationBin(-0.3, 0.1, 1),
        CalibrationBin(pytest.approx(0.15), 0.5, 2),
        CalibrationBin(1.2, 0.8, 1),
    )
