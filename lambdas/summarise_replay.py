"""SummariseReplay: add up the chunks and estimate."""

from __future__ import annotations

from bidding.domain.ids import TenantId
from bidding.domain.replay import Refusal
from bidding.ports.market import Market
from bidding.services.replay import keep_replay_report, summarise_replay
from lambdas.wire import state
from schemas import replay as wire


@state(wire.SummariseRequest)
def handler(market: Market, request: wire.SummariseRequest) -> wire.ReplayReport:
    """A policy that the log cannot answer for is refused with the reason; that is an answer, not a failure."""
    answers = summarise_replay(market, TenantId(request.tenant), request.replay_id, request.policies)
    policies = []
    for name, answer in answers.items():
        both = (answer, answer) if isinstance(answer, Refusal) else (answer.reward, answer.cost)
        policies.append(wire.PolicyReplay(policy=name, reward=_measure(both[0]), cost=_measure(both[1])))
    report = wire.ReplayReport(policies=tuple(policies))
    keep_replay_report(market, TenantId(request.tenant), request.replay_id, report.model_dump_json().encode())
    return report


def _measure(answer: object) -> wire.Measure | wire.Refusal:
    if isinstance(answer, Refusal):
        return wire.Refusal.model_validate(answer)
    return wire.Measure.model_validate(answer)
