"""Wire types of `approve_result`: the machine that waits for a person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Key, Wire


class AwaitRequest(Wire):
    """Input of RequestApproval: the token under which the execution waits."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier
    token: Annotated[str, Field(min_length=1, max_length=2_048)]


class Awaiting(Wire):
    """Answer of RequestApproval; the state machine waits for its token, not for this."""

    version: Literal[1] = 1
    task_id: Identifier


class ConcludeRequest(Wire):
    """Input of ConcludeApproval."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier


class Concluded(Wire):
    """Answer of ConcludeApproval."""

    version: Literal[1] = 1
    task_id: Identifier
    result_key: Key
