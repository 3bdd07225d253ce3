"""Versions of the learner's state, in memory."""

from __future__ import annotations

from bidding.adapters.in_memory.tables import JudgedOutcome, TablesPart
from bidding.domain.errors import PolicyMoved, UnknownRecord
from bidding.domain.ids import TenantId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.policy import PastFold, Policy
from bidding.domain.records import OutcomeBatch


class InMemoryPolicies(TablesPart):
    """See `PolicyStore`. The watermark counts the outcomes of all tenants."""

    def current(self, tenant: TenantId) -> Policy:
        """The latest version; version 0, empty, where there is none."""
        return self._last(tenant)[0]

    def pending(self, tenant: TenantId) -> OutcomeBatch:
        """Outcomes that no version has folded yet, in their order."""
        with self._tables.lock:
            until = len(self._tables.outcomes)
            return OutcomeBatch(self._events(tenant, self._last(tenant)[1], until), until)

    def append(self, tenant: TenantId, policy: Policy, watermark: int, now_ms: int) -> None:
        """Write the next version. Raises PolicyMoved where that version exists, or skips one."""
        with self._tables.lock:
            last, last_watermark = self._last(tenant)
            learnt_again = (
                watermark == last_watermark and last.version > 0 and policy.state.outcomes != last.state.outcomes
            )
            if policy.version != last.version + 1 or watermark < last_watermark or learnt_again:
                raise PolicyMoved(f"version {policy.version} of the policy is not the next: read it again")
            self._tables.policies[tenant].append((policy, watermark))

    def past_fold(self, tenant: TenantId, version: int) -> PastFold:
        """What a version took in, and what it was written as. Raises UnknownRecord."""
        with self._tables.lock:
            versions = [(Policy(), 0), *self._tables.policies.get(tenant, [])]
            if not 0 < version < len(versions):
                raise UnknownRecord(f"no version {version} of the policy of {tenant}")
            (_, after), (policy, until) = versions[version - 1 : version + 1]
            return PastFold(self._events(tenant, after, until), policy.state)

    def archived_version(self, tenant: TenantId) -> int:
        """Nothing of memory is archived."""
        return 0

    def _events(self, tenant: TenantId, after: int, until: int) -> tuple[Event, ...]:
        written = list(self._tables.outcomes.items())[after:until]
        return tuple(self._event(tenant, judged) for (owner, _), judged in written if owner == tenant and judged.stands)

    def _last(self, tenant: TenantId) -> tuple[Policy, int]:
        versions = self._tables.policies.get(tenant)
        return versions[-1] if versions else (Policy(), 0)

    def _event(self, tenant: TenantId, judged: JudgedOutcome) -> Event:
        outcome = judged.outcome
        award = self._tables.awards[tenant, outcome.award_id]
        record = self._tables.auctions[tenant, award.auction_id]
        (won,) = (bid for bid in record.bids if bid.seat_id == award.seat_id)
        notices = record.clearing.notices if record.clearing and judged.first else ()
        prices = {bid.seat_id: bid.price_micros for bid in record.bids}
        lists = {bid.seat_id: bid.listed_micros or 0.0 for bid in record.bids}
        completion = self._tables.completions.get((tenant, outcome.award_id))
        usage = completion.usage if completion else None
        return Event(
            seat_id=award.seat_id,
            kind=record.request.lot.kind,
            reward=outcome.reward,
            weight=outcome.weight,
            replaces=judged.replaces,
            first=judged.first,
            answered=completion is not None and completion.status == "succeeded",
            output_tokens=usage.output_tokens if usage else 0,
            latency_ms=completion.latency_ms if completion else 0,
            cost_micros=completion.cost_micros if completion else 0,
            quoted_micros=won.price_micros,
            listed_micros=won.listed_micros or 0.0,
            quoted_latency_ms=won.latency_ms,
            listed_latency_ms=won.listed_latency_ms or 0.0,
            input_tokens=won.input_tokens,
            quoted_output_tokens=won.output_tokens,
            offers=tuple(
                OfferSeen(
                    told.seat_id, told.quality_micros - told.delay_micros, prices[told.seat_id], lists[told.seat_id]
                )
                for told in notices
                if told.reason in {"won", "outscored", "above_purse"}
            ),
        )
