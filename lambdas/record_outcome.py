"""RecordOutcome: judge an execution by what can be checked at once."""

from __future__ import annotations

from bidding.domain import records
from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from bidding.services.settlement import judge_award
from lambdas.wire import state, to_domain
from schemas.awards import AwardNotice
from schemas.execution import Outcome


@state(AwardNotice)
def handler(market: Market, request: AwardNotice) -> Outcome:
    """A failure is blamed on the seat that failed; an answer that nobody can check earns nothing yet."""
    award = to_domain(records.Award, request.award)
    return Outcome.model_validate(judge_award(market, TenantId(request.tenant), award, request.promised_quality))
