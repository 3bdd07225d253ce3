"""State machines in AWS Step Functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from bidding.domain.errors import Misconfigured, WorkflowsUnavailable
from bidding.domain.records import JsonObject
from bidding.ports.workflows import MachineName

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

_NOBODY_WAITS = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


class StepFunctions:
    """Implements `Workflows`. `arns` are the state machines by their file's name."""

    def __init__(self, client: SFNClient, arns: Mapping[str, str]) -> None:
        self._client = client
        self._arns = arns

    def start(self, machine: MachineName, name: str, document: JsonObject) -> None:
        """Start an execution of this name. Raises Misconfigured for a machine that was not named to this function."""
        arn = self._arns.get(machine)
        if arn is None:
            raise Misconfigured(f"this function does not know the state machine {machine}: set ATOMIC_MACHINES")
        try:
            self._client.start_execution(stateMachineArn=arn, name=name[:80], input=json.dumps(document))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise WorkflowsUnavailable(f"{machine}: {error}") from error
        except BotoCoreError as error:
            raise WorkflowsUnavailable(f"{machine}: {error}") from error

    def resume(self, token: str, output: JsonObject) -> bool:
        """Send the success of a task token."""
        return self._told(lambda: self._client.send_task_success(taskToken=token, output=json.dumps(output)))

    def keep_waiting(self, token: str) -> bool:
        """Send the heartbeat of a task token."""
        return self._told(lambda: self._client.send_task_heartbeat(taskToken=token))

    def _told(self, send: object) -> bool:
        assert callable(send)
        try:
            send()
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOBODY_WAITS:
                return False
            raise WorkflowsUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise WorkflowsUnavailable(str(error)) from error
        return True


class S3Uploads:
    """Implements `Uploads` with presigned addresses."""

    def __init__(self, bucket: str, client: S3Client) -> None:
        self._bucket = bucket
        self._client = client

    def put_url(self, key: str, seconds: int) -> str:
        """Signed by the role of this process, which may put that key."""
        return self._client.generate_presigned_url(
            "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds, HttpMethod="PUT"
        )


class ServedUploads:
    """Implements `Uploads` where a server of our own takes them: `base` is its address."""

    def __init__(self, base: str) -> None:
        self._base = base

    def put_url(self, key: str, seconds: int) -> str:
        """The last part of the key names the upload; the server knows whose it is."""
        return f"{self._base}/uploads/{key.rpartition('/')[2]}"
