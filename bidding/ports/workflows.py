"""What starts state machines, and what wakes those that wait."""

from __future__ import annotations

from typing import Literal, Protocol

from bidding.domain.records import JsonObject

MachineName = Literal["process_task", "replay_policy", "approve_result"]


class Workflows(Protocol):
    """State machines by name. Raises WorkflowsUnavailable where their service does not answer."""

    def start(self, machine: MachineName, name: str, document: JsonObject) -> None:
        """Start an execution. A second call with the same name starts no second one while the first is known."""

    def resume(self, token: str, output: JsonObject) -> bool:
        """Let the execution that waits under this token go on; False where none of this installation does."""

    def keep_waiting(self, token: str) -> bool:
        """Tell the execution that its answer is being worked on; False where none waits under this token."""


class Uploads(Protocol):
    """Where a client puts a document that is too large for a request."""

    def put_url(self, key: str, seconds: int) -> str:
        """An address that takes one PUT of the document under `key`, for so many seconds."""
