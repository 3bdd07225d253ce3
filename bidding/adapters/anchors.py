"""Where receipts are anchored outside the database: a file on one machine, S3 with Object Lock in the cloud."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from bidding.domain.errors import AnchorsUnavailable
from bidding.domain.receipts import Anchor, SignedReceipt
from schemas import receipts as wire

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LINE_BYTES_MAX = 4_096
_LAST_NUMBER = 10**12 - 1


class FileAnchors:
    """A file that only grows, one JSON line per receipt. Any number of processes may append.

    It holds against whoever can write to the database and not to the file. Copy it elsewhere from time to time, or keep
    it on a write-once file system: who can truncate both hides what came after.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def put(self, receipt: SignedReceipt) -> None:
        """Append and flush to disk, unless the file reaches that far already."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as out:
                fcntl.flock(out, fcntl.LOCK_EX)
                last = self.last()
                if last is not None and last.batch >= receipt.receipt.batch:
                    return
                out.write(self._end_of_torn_line() + _text(receipt) + b"\n")
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise AnchorsUnavailable(f"{self._file}: {error.strerror}") from error

    def _end_of_torn_line(self) -> bytes:
        """A newline where a crash cut the last line short."""
        with self._file.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return b""
            file.seek(-1, os.SEEK_END)
            return b"" if file.read(1) == b"\n" else b"\n"

    def last(self) -> Anchor | None:
        """The newest anchor; a last line that a crash cut short does not count."""
        try:
            with self._file.open("rb") as lines:
                end = lines.seek(0, os.SEEK_END)
                lines.seek(max(0, end - 2 * _LINE_BYTES_MAX))
                whole = lines.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AnchorsUnavailable(f"{self._file}: {error.strerror}") from error
        if not whole:
            return None
        try:
            line = wire.SignedReceipt.model_validate_json(whole[-1])
        except ValidationError as error:
            raise AnchorsUnavailable(f"the last line of {self._file} is no anchor") from error
        return Anchor(line.receipt.batch, line.chain_hash)


class S3Anchors:
    """One object per receipt under a prefix of a bucket, whose Object Lock keeps every object in compliance mode.

    While it does, not even the owner of the account can delete or replace one. Names count down, so that the newest is
    listed first, and end in the chain hash, so that listing is reading.
    """

    def __init__(self, bucket: str, prefix: str, client: S3Client) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._client = client

    def put(self, receipt: SignedReceipt) -> None:
        """Write the object; an object of that name is kept as it is."""
        batch = receipt.receipt.batch
        name = f"{self._prefix}{_LAST_NUMBER - batch:012}/{batch}-{receipt.chain_hash.hex()}.json"
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=_text(receipt),
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",  # Object Lock asks for a checksum
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise AnchorsUnavailable(f"{self._bucket}/{name}: {error}") from error
        except BotoCoreError as error:
            raise AnchorsUnavailable(f"{self._bucket}/{name}: {error}") from error

    def last(self) -> Anchor | None:
        """The newest anchor: the first in the listing."""
        try:
            listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
        except (ClientError, BotoCoreError) as error:
            raise AnchorsUnavailable(f"{self._bucket}/{self._prefix}: {error}") from error
        for found in listed.get("Contents", []):
            batch, _, chain_hash = found["Key"].rpartition("/")[2].removesuffix(".json").partition("-")
            return Anchor(int(batch), bytes.fromhex(chain_hash))
        return None


def _text(signed: SignedReceipt) -> bytes:
    return wire.SignedReceipt.model_validate(signed).model_dump_json().encode()
