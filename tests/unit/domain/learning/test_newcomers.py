"""Who joins a market that has been running: drawn from a little higher, until it has been tried."""

from __future__ import annotations

from bidding.domain.learning.beliefs import Beliefs


def test_a_newcomer_stays_on_trial_when_what_is_known_is_put_away() -> None:
    """Drawn from higher until it was tried often enough, also by beliefs that come back from their record."""
    beliefs = Beliefs()
    beliefs.add_seat()
    beliefs.add_kind()
    for _ in range(300):
        beliefs.learn(0, 0, 0.7)
    beliefs.add_seat()
    for tried in range(25):
        again = Beliefs.of(beliefs.state(), [None, None])
        drawn, known = again.quality(0)[0][1], again.posterior(0)[0][1]
        assert (drawn > known + 1e-9) == (tried < 20), tried
        beliefs.learn(1, 0, 0.5)
