"""The frame of a function that CloudFormation calls as a step of a deployment.

CloudFormation waits for an answer at an address that it gives, whatever happens; without one a deployment hangs for
the resource's whole time-out.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Literal
from urllib.request import Request, urlopen

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict, Field

logger = Logger(service="atomic")

_REASON_CHARS_MAX = 1_000
_ANSWER_SECONDS_MAX = 10


class DeploymentEvent(BaseModel):
    """What CloudFormation sends, as far as it is needed to answer."""

    model_config = ConfigDict(extra="ignore")

    request_type: Literal["Create", "Update", "Delete"] = Field(alias="RequestType")
    response_url: str = Field(alias="ResponseURL", pattern="^https://")
    stack_id: str = Field(alias="StackId")
    request_id: str = Field(alias="RequestId")
    logical_resource_id: str = Field(alias="LogicalResourceId")


Step = Callable[[dict[str, Any]], dict[str, Any]]


def deployment_step(physical_id: str) -> Callable[[Step], Callable[[dict[str, Any], Any], None]]:
    """Make a handler of a function that does one step of a deployment and returns what the template may read.

    A deletion does nothing: what the step made stays until what holds it goes.
    """

    def decorate(step: Step) -> Callable[[dict[str, Any], Any], None]:
        @functools.wraps(step)
        def handler(event: dict[str, Any], _context: Any) -> None:
            asked = DeploymentEvent.model_validate(event)
            answer: dict[str, Any] = {"Status": "SUCCESS"}
            try:
                if asked.request_type != "Delete":
                    answer["Data"] = step(event)
            except Exception as error:  # whatever it is, CloudFormation must hear of it
                logger.exception(f"{physical_id} failed")
                answer = {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:_REASON_CHARS_MAX]}
            ids = {
                "PhysicalResourceId": physical_id,
                "StackId": asked.stack_id,
                "RequestId": asked.request_id,
                "LogicalResourceId": asked.logical_resource_id,
            }
            _put(asked.response_url, {**ids, **answer})

        return handler

    return decorate


def _put(url: str, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    request = Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310  https, see the event
    with urlopen(request, timeout=_ANSWER_SECONDS_MAX):  # noqa: S310
        pass
