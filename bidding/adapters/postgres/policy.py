"""Versions of the learner's state, and the outcomes that make the next one."""

from __future__ import annotations

from dataclasses import asdict

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.learner_state import learner_state
from bidding.adapters.postgres.part import LedgerPart, as_json
from bidding.domain.errors import PolicyMoved
from bidding.domain.ids import TenantId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.policy import Policy
from bidding.domain.records import OutcomeBatch

_CURRENT = """
SELECT version, state
FROM policy_snapshots
WHERE tenant = %(tenant)s
ORDER BY version DESC
LIMIT 1
"""
# One statement, one snapshot: every transaction below its xmin has ended, so nothing can appear there later.
_WATERMARK = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS watermark"
_PENDING = """
SELECT a.seat_id, l.kind, o.reward, o.weight, o.replaces_reward, o.replaces_weight, o.first,
       c.status = 'succeeded' AS answered, c.output_tokens, c.latency_ms, c.cost_micros,
       b.price_micros, b.listed_micros, b.latency_ms AS quoted_latency_ms, b.listed_latency_ms, b.input_tokens,
       b.output_tokens AS quoted_output_tokens, offers.seen AS offers
FROM outcomes AS o
JOIN awarded_lots AS a USING (tenant, award_id)
JOIN lots AS l USING (tenant, lot_id)
JOIN bids AS b USING (tenant, auction_id, seat_id)
LEFT JOIN completions AS c USING (tenant, award_id)
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(s.seat_id, s.quality_micros - s.delay_micros, s.price_micros) ORDER BY s.seat_id)
        AS seen
    FROM bids AS s
    WHERE o.first AND s.tenant = a.tenant AND s.auction_id = a.auction_id
      AND s.loss_reason IN ('won', 'outscored', 'above_purse')
) AS offers
WHERE o.tenant = %(tenant)s
  AND o.stands
  AND o.xact_id < %(watermark)s::xid8
  AND o.xact_id >= coalesce(
      (SELECT watermark FROM policy_snapshots WHERE tenant = %(tenant)s ORDER BY version DESC LIMIT 1), '0'
  )
ORDER BY o.xact_id, o.outcome_id
"""
_APPEND = "SELECT append_policy(%(tenant)s, %(version)s, %(multiplier)s, %(watermark)s, %(state)s, %(now_ms)s)"


class PostgresPolicies(LedgerPart):
    """See `PolicyStore`."""

    def current(self, tenant: TenantId) -> Policy:
        """The latest version; version 0, empty, where there is none."""
        row = self._database.row(_CURRENT, {"tenant": tenant})
        if row is None:
            return Policy()
        return Policy(version=row["version"], state=learner_state(row["state"]))

    def pending(self, tenant: TenantId) -> OutcomeBatch:
        """Outcomes that no version has folded yet, in their order.

        Leaves for later what a transaction still running might precede.
        """
        watermark = self._database.value(_WATERMARK, {})
        rows = self._database.rows(_PENDING, {"tenant": tenant, "watermark": watermark})
        return OutcomeBatch(events=tuple(_event(row) for row in rows), watermark=int(watermark))

    def append(self, tenant: TenantId, policy: Policy, watermark: int, now_ms: int) -> None:
        """Write the next version. Raises PolicyMoved where that version exists, or skips one."""
        parameters = {
            "tenant": tenant,
            "version": policy.version,
            "multiplier": policy.state.pace.low,
            "watermark": str(watermark),
            "state": as_json(asdict(policy.state)),
            "now_ms": now_ms,
        }
        if not self._database.value(_APPEND, parameters):
            raise PolicyMoved(f"version {policy.version} of the policy is not the next: read it again")


def _event(row: Row) -> Event:
    replaces = None if row["replaces_reward"] is None else (row["replaces_reward"], row["replaces_weight"])
    return Event(
        seat_id=row["seat_id"],
        kind=row["kind"],
        reward=row["reward"],
        weight=row["weight"],
        replaces=replaces,
        first=row["first"],
        answered=bool(row["answered"]),
        output_tokens=row["output_tokens"] or 0,
        latency_ms=row["latency_ms"] or 0,
        cost_micros=row["cost_micros"] or 0,
        quoted_micros=row["price_micros"],
        listed_micros=row["listed_micros"] or 0.0,
        quoted_latency_ms=row["quoted_latency_ms"],
        listed_latency_ms=row["listed_latency_ms"] or 0.0,
        input_tokens=row["input_tokens"],
        quoted_output_tokens=row["quoted_output_tokens"],
        offers=tuple(OfferSeen(*seen) for seen in row["offers"] or ()),
    )
