"""What would another policy have earned on this tenant's log?"""

from __future__ import annotations

import uuid
from typing import Annotated, cast

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from bidding.domain.records import JsonObject
from bidding.domain.targets import target
from bidding.services.replay import LATEST, replay_report
from lambdas.environment import market, workflows
from lambdas.routes.caller import member
from schemas.api.answers import ReplayStarted
from schemas.api.requests import ReplayAsked
from schemas.replay import ReplayReport

router = Router()


@router.post("/replays", tags=["replays"], summary="Replay policies on the log", status_code=202)
def start_replay(asked: Annotated[ReplayAsked, Body()]) -> ReplayStarted:
    """Ask for the report under its id; an unknown policy is refused at once."""
    who = member()
    for name in asked.policies:
        target(name)
    replay_id = f"replay-{uuid.uuid4()}"
    request = {"tenant": who.tenant, "policies": list(asked.policies), "since_ms": asked.since_ms}
    workflows().start("replay_policy", replay_id, cast("JsonObject", request))
    return ReplayStarted(replay_id=replay_id)


@router.get("/replays/<replay_id>", tags=["replays"], summary="The report of a replay")
def show_replay(
    replay_id: Annotated[str, Path(pattern=rf"^(replay-[0-9a-f-]{{36}}|[\w.-]{{1,80}}|{LATEST})$")],
) -> ReplayReport:
    """404 until it is there; `latest` is the last one that was finished."""
    return ReplayReport.model_validate_json(replay_report(market(), member().tenant, replay_id))
