"""Objects of the local runtime: S3 as its clients know it, kept as files that a later process finds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from stacks.local.aws.runtime import LocalRuntime
from stacks.local.errors import UnsupportedLocally


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[LocalRuntime]:
    """A runtime with one bucket."""
    with LocalRuntime(tmp_path, {}, buckets=["documents"]) as opened:
        yield opened


KEYS = ["incoming/2026/a b+ü.eml", "../../escape", "./a//b", "x" * 700, "plain%2Fpercent", "tail/"]


def test_objects_outlive_the_runtime(tmp_path: Path) -> None:
    """A later runtime reads, lists and deletes the objects that an earlier one stored, whatever their keys."""
    with LocalRuntime(tmp_path, {}, buckets=["documents"]):
        for key in KEYS:
            boto3.client("s3").put_object(
                Bucket="documents", Key=key, Body=key.encode(), ContentType="message/rfc822", Metadata={"task": "1"}
            )
    stored = {path.resolve() for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path.is_relative_to(tmp_path / "objects" / "documents") for path in stored)
    with LocalRuntime(tmp_path, {}, buckets=["documents"]):
        s3 = boto3.client("s3")
        for key in KEYS:
            found = s3.get_object(Bucket="documents", Key=key)
            assert (found["Body"].read(), found["ContentType"]) == (key.encode(), "message/rfc822")
            assert s3.head_object(Bucket="documents", Key=key)["Metadata"] == {"task": "1"}
        listed = s3.get_paginator("list_objects_v2").paginate(Bucket="documents", PaginationConfig={"PageSize": 4})
        assert [each["Key"] for page in listed for each in page["Contents"]] == sorted(KEYS)
        s3.delete_object(Bucket="documents", Key=KEYS[0])
        with pytest.raises(s3.exceptions.NoSuchKey):
            s3.get_object(Bucket="documents", Key=KEYS[0])


def test_state_machine_reads_an_object(runtime: LocalRuntime) -> None:
    """An AWS SDK integration finds what the object store holds."""
    boto3.client("s3").put_object(Bucket="documents", Key="a.json", Body=b'{"n": 1}')
    fetch = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": "documents", "Key": "a.json"},
        "Output": "{% $parse($states.result.Body).n %}",
        "End": True,
    }
    text = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Fetch", "States": {"Fetch": fetch}})
    runtime.create("machine", text)
    assert runtime.run("machine", {}, 20).output == 1


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("get_object", {"Bucket": "documents", "Key": "never"}, "NoSuchKey"),
        ("head_object", {"Bucket": "documents", "Key": "never"}, "404"),
        ("put_object", {"Bucket": "elsewhere", "Key": "a", "Body": b""}, "NoSuchBucket"),
        ("put_object", {"Bucket": "documents", "Key": "there", "Body": b"", "IfNoneMatch": "*"}, "PreconditionFailed"),
    ],
)
def test_object_store_refuses_as_s3_does(
    runtime: LocalRuntime, operation: str, arguments: dict[str, Any], code: str
) -> None:
    """Requests for what is not there, or must not be there, fail with S3's own error codes."""
    s3 = boto3.client("s3")
    s3.put_object(Bucket="documents", Key="there", Body=b"1")
    with pytest.raises(ClientError) as raised:
        getattr(s3, operation)(**arguments)
    assert raised.value.response["Error"]["Code"] == code


def test_unsupported_request_of_an_object_is_not_ignored(runtime: LocalRuntime) -> None:
    """A byte range, which the store does not serve, is refused rather than answered with the whole object."""
    boto3.client("s3").put_object(Bucket="documents", Key="a", Body=b"123")
    with pytest.raises(UnsupportedLocally, match="Range"):
        boto3.client("s3").get_object(Bucket="documents", Key="a", Range="bytes=0-1")
