"""Documents in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bidding.adapters.aws import client_errors
from bidding.domain.errors import DocumentsUnavailable, UnknownRecord

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Documents:
    """One bucket. The client decides region, retries and time-outs."""

    def __init__(self, bucket: str, client: S3Client) -> None:
        self._bucket = bucket
        self._client = client

    def put(self, key: str, data: bytes) -> None:
        """Store `data`. Raises DocumentsUnavailable."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)
        except client_errors() as error:
            raise DocumentsUnavailable(f"{self._bucket}/{key}: {error}") from error

    def get(self, key: str) -> bytes:
        """Raises UnknownRecord where nothing is stored under `key`, DocumentsUnavailable where S3 does not answer."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            raise UnknownRecord(f"no document {key} in {self._bucket}") from None
        except client_errors() as error:
            raise DocumentsUnavailable(f"{self._bucket}/{key}: {error}") from error

    def delete(self, key: str) -> None:
        """Delete an object with all its versions. Raises DocumentsUnavailable."""
        try:
            for version in self._versions(key):
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)
            self._client.delete_object(Bucket=self._bucket, Key=key)
        except client_errors() as error:
            raise DocumentsUnavailable(f"{self._bucket}/{key}: {error}") from error

    def _versions(self, key: str) -> list[str]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key)
        return [
            version["VersionId"]
            for page in pages
            for version in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
            if version["Key"] == key
        ]
