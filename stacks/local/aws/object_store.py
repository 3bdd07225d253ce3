"""S3 objects as files below the home folder, so that a later process finds them.

Served are PutObject, GetObject, HeadObject, DeleteObject, ListObjectsV2 and, since each object has one version,
ListObjectVersions; moto answers everything else about S3.
A key is a path below its bucket's folder, each part percent-encoded: the encoding is reversible and no key can
leave its bucket.
"""

import contextlib
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, unquote

from botocore.response import StreamingBody

from stacks.local.aws.service_hooks import Answer, CachingSession, Parameters, answer, refuse
from stacks.local.errors import InvalidObjectKey, UnsupportedLocally

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PART_BYTES_MAX = 200
_SPLIT = "%/"  # joins the pieces of a part too long for a file name; no encoded part ends in a lone percent sign
_EMPTY_PART = "%_"
_ATTRIBUTES_SUFFIX = "%attributes"
_KEPT_ATTRIBUTES: Final = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentType", "Metadata")
_UNSUPPORTED: Final = ("IfMatch", "IfModifiedSince", "IfUnmodifiedSince", "PartNumber", "Range", "VersionId")


@dataclass(frozen=True)
class ObjectStore:
    """The objects of all buckets below one folder. Writes are atomic; the last of concurrent ones wins."""

    folder: Path

    def attach(self, session: CachingSession) -> None:
        """Answer the S3 operations of every client of `session`."""
        for operation, responder in (
            ("PutObject", self._put),
            ("GetObject", self._get),
            ("HeadObject", self._head),
            ("DeleteObject", self._delete),
            ("ListObjectsV2", self._list),
            ("ListObjectVersions", self._list_versions),
        ):
            session.respond("s3", operation, responder)

    def create_bucket(self, name: str) -> None:
        """Make the bucket unless it exists.

        Raises:
            InvalidObjectKey: no bucket of AWS could have that name.
        """
        if not _BUCKET.fullmatch(name) or ".." in name:
            raise InvalidObjectKey(f"{name!r} is no name of a bucket")
        (self.folder / name).mkdir(parents=True, exist_ok=True)

    def path(self, bucket: str, key: str) -> Path:
        """The file of an object, which need not exist."""
        parts = []
        for part in key.split("/"):
            encoded = quote(part, safe="") if part.strip(".") else part.replace(".", "%2E") or _EMPTY_PART
            pieces = [encoded[at : at + _PART_BYTES_MAX] for at in range(0, len(encoded), _PART_BYTES_MAX)]
            parts.append(_SPLIT.join(pieces))
        return self.folder / bucket / "/".join(parts)

    def _put(self, parameters: Parameters) -> Answer:
        bucket, key = parameters["Bucket"], parameters["Key"]
        if not self._has_bucket(bucket):
            return _no_such_bucket(bucket)
        path = self.path(bucket, key)
        if parameters.get("IfNoneMatch") == "*" and path.is_file():
            return refuse("PreconditionFailed", f"{key} exists already", 412)
        attributes = {name: parameters[name] for name in _KEPT_ATTRIBUTES if parameters.get(name)}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if attributes:
                self._write(_attributes_path(path), json.dumps(attributes).encode())
            digest = self._write(path, parameters.get("Body", b""))
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise InvalidObjectKey(
                f"{key} cannot be kept beside another key of {bucket}: one of them is a folder of the other"
            ) from error
        if not attributes:
            _attributes_path(path).unlink(missing_ok=True)
        return answer({"ETag": f'"{digest}"'})

    def _get(self, parameters: Parameters) -> Answer:
        path = self.path(parameters["Bucket"], parameters["Key"])
        try:
            content = path.read_bytes()
            members = _described(path, parameters)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return refuse("NoSuchKey", f"The specified key does not exist: {parameters['Key']}", 404)
        members |= {"Body": StreamingBody(io.BytesIO(content), len(content)), "ContentLength": len(content)}
        return answer(members | {"ETag": f'"{_digest(content)}"'})

    def _head(self, parameters: Parameters) -> Answer:
        path = self.path(parameters["Bucket"], parameters["Key"])
        try:
            content = path.read_bytes()
            members = _described(path, parameters)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return refuse("404", "Not Found", 404)
        return answer(members | {"ETag": f'"{_digest(content)}"', "ContentLength": len(content)})

    def _delete(self, parameters: Parameters) -> Answer:
        path = self.path(parameters["Bucket"], parameters["Key"])
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
        _attributes_path(path).unlink(missing_ok=True)
        return answer({}, 204)

    def _list(self, parameters: Parameters) -> Answer:
        bucket = parameters["Bucket"]
        _refuse_unsupported(parameters, ("Delimiter",))
        if not self._has_bucket(bucket):
            return _no_such_bucket(bucket)
        prefix, count_max = parameters.get("Prefix", ""), parameters.get("MaxKeys", 1000)
        after = parameters.get("ContinuationToken") or parameters.get("StartAfter", "")
        keys = sorted(key for key in self._keys(bucket) if key.startswith(prefix) and key > after)
        page = keys[:count_max]
        members: dict[str, Any] = {
            "Name": bucket,
            "Prefix": prefix,
            "KeyCount": len(page),
            "MaxKeys": count_max,
            "IsTruncated": len(keys) > len(page),
            "Contents": [self._listed(bucket, key) for key in page],
        }
        if members["IsTruncated"]:
            members["NextContinuationToken"] = page[-1]
        return answer(members)

    def _list_versions(self, parameters: Parameters) -> Answer:
        bucket, prefix = parameters["Bucket"], parameters.get("Prefix", "")
        if not self._has_bucket(bucket):
            return _no_such_bucket(bucket)
        versions = [{"Key": prefix, "VersionId": "null"}] if prefix and self.path(bucket, prefix).is_file() else []
        return answer({"Name": bucket, "Prefix": prefix, "IsTruncated": False, "Versions": versions})

    def _listed(self, bucket: str, key: str) -> dict[str, Any]:
        status = self.path(bucket, key).stat()
        return {"Key": key, "Size": status.st_size, "LastModified": datetime.fromtimestamp(status.st_mtime, UTC)}

    def _keys(self, bucket: str) -> Iterator[str]:
        root = self.folder / bucket
        for path in root.rglob("*"):
            if path.is_file() and not path.name.endswith(_ATTRIBUTES_SUFFIX):
                parts = path.relative_to(root).as_posix().replace(_SPLIT, "").split("/")
                yield "/".join("" if part == _EMPTY_PART else unquote(part) for part in parts)

    def _has_bucket(self, name: str) -> bool:
        return bool(_BUCKET.fullmatch(name)) and (self.folder / name).is_dir()

    def _write(self, path: Path, body: bytes | bytearray | str | IO[bytes]) -> str:
        """Write aside and rename; return the MD5 digest, which is an object's ETag."""
        content = body.encode() if isinstance(body, str) else bytes(body.read() if hasattr(body, "read") else body)
        aside = self.folder / ".partial"
        aside.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=aside, delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
        return _digest(content)


def _described(path: Path, parameters: Parameters) -> dict[str, Any]:
    _refuse_unsupported(parameters, _UNSUPPORTED)
    try:
        attributes: dict[str, Any] = json.loads(_attributes_path(path).read_bytes())
    except FileNotFoundError:
        attributes = {}
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return {"ContentType": "binary/octet-stream", "Metadata": {}, "LastModified": modified} | attributes


def _refuse_unsupported(parameters: Parameters, names: tuple[str, ...]) -> None:
    asked = [name for name in names if parameters.get(name) is not None]
    if asked:
        raise UnsupportedLocally(f"the local object store does not know {', '.join(asked)}")


def _attributes_path(path: Path) -> Path:
    return path.with_name(path.name + _ATTRIBUTES_SUFFIX)


def _digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _no_such_bucket(name: str) -> Answer:
    return refuse("NoSuchBucket", f"The specified bucket does not exist: {name}", 404)
