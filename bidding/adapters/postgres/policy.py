"""Versions of the learner's state, and the outcomes that make the next one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bidding.adapters.postgres.connection import Database, Row
from bidding.adapters.postgres.part import LedgerPart, as_json
from bidding.domain.errors import PolicyMoved, UnknownRecord
from bidding.domain.ids import TenantId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.records import OutcomeBatch

if TYPE_CHECKING:
    from bidding.domain.policy import PastFold, Policy

# ruff: noqa: PLC0415 - most functions ask for no policy: they start sooner without its types

KEPT_POLICIES_MAX = 64
"""Tenants whose latest version is kept parsed."""

# Versions never change: where the latest is the one that is kept, its state need not travel.
_CURRENT = """
SELECT version, CASE WHEN version <> %(known)s THEN state END AS state
FROM policy_snapshots
WHERE tenant = %(tenant)s
ORDER BY version DESC
LIMIT 1
"""
# One statement, one snapshot: every transaction below its xmin has ended, so nothing can appear there later.
_WATERMARK = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS watermark"
_AFTER_LAST = """coalesce(
      (SELECT watermark FROM policy_snapshots WHERE tenant = %(tenant)s ORDER BY version DESC LIMIT 1), '0'
  )"""
_OF_VERSION = "(SELECT watermark FROM policy_snapshots WHERE tenant = %(tenant)s AND version = %(version)s)"
_BEFORE_VERSION = "coalesce({}, '0')".format(_OF_VERSION.replace("%(version)s", "%(version)s - 1"))
# Bids are looked up per award: joined, the view would take every auction there ever was apart.
# An outcome says itself what stood when it was written. A completion counts if it was there before the watermark, which
# is so for all but a call that came back after it was given up; whoever looks later must see the same.
_EVENTS = """
SELECT a.seat_id, l.kind, o.reward, o.weight, o.replaces_reward, o.replaces_weight, o.first,
       c.status = 'succeeded' AS answered, c.output_tokens, c.latency_ms, c.cost_micros,
       b.price_micros, b.listed_micros, b.latency_ms AS quoted_latency_ms, b.listed_latency_ms, b.input_tokens,
       b.output_tokens AS quoted_output_tokens, offers.seen AS offers
FROM outcomes AS o
JOIN awarded_lots AS a USING (tenant, award_id)
JOIN lots AS l USING (tenant, lot_id)
CROSS JOIN LATERAL (
    SELECT * FROM all_bids AS w
    WHERE w.tenant = a.tenant AND w.auction_id = a.auction_id AND w.seat_id = a.seat_id
    LIMIT 1
) AS b
LEFT JOIN completions AS c ON c.tenant = o.tenant AND c.award_id = o.award_id AND c.xact_id < {until}::xid8
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(s.seat_id, s.quality_micros - s.delay_micros, s.price_micros,
                                     coalesce(s.listed_micros, 0))
                    ORDER BY s.seat_id COLLATE "C") AS seen
    FROM all_bids AS s
    WHERE o.first AND s.tenant = a.tenant AND s.auction_id = a.auction_id
      AND s.loss_reason IN ('won', 'outscored', 'above_purse')
) AS offers
WHERE o.tenant = %(tenant)s
  AND o.stands
  AND o.xact_id < {until}::xid8
  AND o.xact_id >= {after}::xid8
ORDER BY o.xact_id, o.outcome_id
"""
_PENDING = _EVENTS.format(until="%(watermark)s", after=_AFTER_LAST)
_FOLDED = _EVENTS.format(until=_OF_VERSION, after=_BEFORE_VERSION)
_WRITTEN = "SELECT state FROM policy_snapshots WHERE tenant = %(tenant)s AND version = %(version)s"
_ARCHIVED = "SELECT coalesce(max(policy_version), 0) AS version FROM archives WHERE tenant = %(tenant)s"
_APPEND = "SELECT append_policy(%(tenant)s, %(version)s, %(multiplier)s, %(watermark)s, %(state)s, %(now_ms)s)"


class PostgresPolicies(LedgerPart):
    """See `PolicyStore`. The latest versions are kept: what is polled for every auction is a number."""

    def __init__(self, database: Database, default_budget_micros: int) -> None:
        super().__init__(database, default_budget_micros)
        self._kept: dict[TenantId, Policy] = {}

    def current(self, tenant: TenantId) -> Policy:
        """The latest version; version 0, empty, where there is none."""
        from bidding.adapters.postgres.learner_state import learner_state
        from bidding.domain.policy import Policy

        known = self._kept.get(tenant) or Policy()
        row = self._database.row(_CURRENT, {"tenant": tenant, "known": known.version})
        if row is None:
            return Policy()
        if row["version"] == known.version:
            return known
        policy = Policy(version=row["version"], state=learner_state(row["state"]))
        if len(self._kept) >= KEPT_POLICIES_MAX:
            self._kept.clear()
        self._kept[tenant] = policy
        return policy

    def past_fold(self, tenant: TenantId, version: int) -> PastFold:
        """What a version took in, and what it was written as. Raises UnknownRecord."""
        from bidding.adapters.postgres.learner_state import learner_state
        from bidding.domain.policy import PastFold

        written, events = self._database.together([_WRITTEN, _FOLDED], {"tenant": tenant, "version": version})
        if not written:
            raise UnknownRecord(f"no version {version} of the policy of {tenant}")
        state = written[0]["state"]
        return PastFold(tuple(map(_event, events)), learner_state(state) if isinstance(state, dict) else None)

    def archived_version(self, tenant: TenantId) -> int:
        """The last version that took in outcomes of a month that was archived since; 0 where all are here."""
        row = self._database.row(_ARCHIVED, {"tenant": tenant})
        return row["version"] if row else 0

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
