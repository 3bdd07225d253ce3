"""Where archives are kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from bidding.domain.errors import DocumentsUnavailable, UnknownRecord

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class FolderTarget:
    """A folder. A file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, path: Path) -> None:
        """Copy aside and rename."""
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.partial")
        shutil.copyfile(path, aside)
        aside.replace(file)

    def read(self, name: str, path: Path) -> None:
        """Raises UnknownRecord."""
        try:
            shutil.copyfile(self._folder / name, path)
        except FileNotFoundError:
            raise UnknownRecord(f"no file {name} in {self._folder}") from None


class S3Target:
    """A bucket, below a prefix. Set Object Lock on the bucket where archives must not be deleted."""

    def __init__(self, bucket: str, prefix: str, client: S3Client) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client = client

    def write(self, name: str, path: Path) -> None:
        """Raises DocumentsUnavailable."""
        try:
            self._client.upload_file(str(path), self._bucket, self._prefix + name)
        except (ClientError, BotoCoreError) as error:
            raise DocumentsUnavailable(f"{self._bucket}/{self._prefix}{name}: {error}") from error

    def read(self, name: str, path: Path) -> None:
        """Raises UnknownRecord, DocumentsUnavailable."""
        try:
            self._client.download_file(self._bucket, self._prefix + name, str(path))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                raise UnknownRecord(f"no file {self._prefix}{name} in {self._bucket}") from None
            raise DocumentsUnavailable(f"{self._bucket}/{self._prefix}{name}: {error}") from error
        except BotoCoreError as error:
            raise DocumentsUnavailable(f"{self._bucket}/{self._prefix}{name}: {error}") from error
