"""Fold the policy again from the ledger's outcomes: every version must come out as it was written, bit for bit.

The ledger has what a rebuild needs: outcomes say what stood when they were written, a version's watermark says where
its batch ended, transaction and id say in which order, and the plan it paces by is part of a version.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TenantId
from bidding.domain.learning.learner import PacePlan
from bidding.domain.learning.state import NOTHING_LEARNT, LearnerState
from bidding.domain.policy import Policy
from bidding.ports.policy import PolicyStore


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What came of folding a tenant's versions again.

    `trusted_version` is where it began: outcomes before it were archived, so it was taken as it is; 0 is nothing.
    `differs_at` is the first version that came out otherwise, or is missing; none behind it was looked at.
    """

    tenant: TenantId
    trusted_version: int
    versions: int
    outcomes: int
    differs_at: int | None

    @property
    def same(self) -> bool:
        """Whether every version came out as it was written."""
        return self.differs_at is None


def rebuild_policy(store: PolicyStore, tenant: TenantId) -> Rebuild:
    """Fold all versions of a tenant again, from nothing or from where its archive ends. Writes nothing."""
    begin, end = store.archived_version(tenant), store.current(tenant).version
    outcomes = 0
    policy = Policy()
    for version in range(max(1, begin), end + 1):
        try:
            past = store.past_fold(tenant, version)
        except UnknownRecord:
            return Rebuild(tenant, begin, version - 1 - begin, outcomes, version)
        if past.written is None or version == begin:
            policy = Policy(version, past.written or NOTHING_LEARNT)
            continue
        plan = PacePlan(past.written.pace.allowance_micros, past.written.pace.uniform_share)
        policy = policy.folded(past.events, plan)
        if _bits(policy.state) != _bits(past.written):
            return Rebuild(tenant, begin, version - 1 - begin, outcomes, version)
        outcomes += len(past.events)
    return Rebuild(tenant, begin, end - begin, outcomes, None)


def _bits(state: LearnerState) -> str:
    """Every number as the digits that stand for its bits alone: 0 is not -0."""
    return json.dumps(asdict(state))
