"""Documents: the store in memory and the one in S3 answer alike."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from bidding.adapters.documents import S3Documents
from bidding.adapters.in_memory import InMemoryDocuments
from bidding.domain.errors import UnknownRecord
from bidding.ports.documents import Documents


@pytest.fixture(params=["in_memory", "s3"])
def documents(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Documents]:
    """An implementation of the port."""
    if request.param == "in_memory":
        yield InMemoryDocuments()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="documents")
        yield S3Documents("documents", client)


def test_put_replaces(documents: Documents) -> None:
    """A document comes back byte for byte, in its last version."""
    documents.put("mail/1.eml", b"first")
    documents.put("mail/1.eml", b"\x00\xff\r\n")

    assert documents.get("mail/1.eml") == b"\x00\xff\r\n"


def test_missing_document(documents: Documents) -> None:
    """A key under which nothing is stored is the caller's mistake."""
    with pytest.raises(UnknownRecord, match="mail/2"):
        documents.get("mail/2.eml")


def test_deleted_for_good(documents: Documents) -> None:
    """A deleted document is gone, and deleting what is not there is harmless."""
    documents.put("mail/1.eml", b"first")
    documents.put("mail/11.eml", b"other")
    documents.delete("mail/1.eml")
    documents.delete("mail/1.eml")

    with pytest.raises(UnknownRecord):
        documents.get("mail/1.eml")
    assert documents.get("mail/11.eml") == b"other"


def test_no_version_outlives_a_document(documents: Documents) -> None:
    """In a bucket that keeps versions the earlier ones go too."""
    if isinstance(documents, S3Documents):
        client = boto3.client("s3", region_name="us-east-1")
        client.put_bucket_versioning(Bucket="documents", VersioningConfiguration={"Status": "Enabled"})
    documents.put("mail/1.eml", b"first")
    documents.put("mail/1.eml", b"second")
    documents.delete("mail/1.eml")

    if isinstance(documents, S3Documents):
        left = client.list_object_versions(Bucket="documents", Prefix="mail/1.eml")
        assert "Versions" not in left
    with pytest.raises(UnknownRecord):
        documents.get("mail/1.eml")
