"""`atomic archive`: move old months of the ledger out, as Parquet."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import boto3
import typer

from bidding.adapters.archive_targets import FolderTarget, S3Target
from bidding.adapters.postgres.migrations import migrate
from bidding.domain.archive import Manifest
from bidding.domain.errors import Misconfigured
from bidding.ports.archive import ArchiveTarget
from bidding.services.archive import archive
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, existing, out
from stacks.local.postgres.server import PostgresServer


def archive_months(
    before: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="Months that ended by this day (UTC) go.", show_default=False),
    ],
    to: Annotated[str, typer.Option(help="A folder, or s3://bucket/prefix.", show_default=False)],
    database_url: Annotated[
        str | None,
        typer.Option(envvar="ATOMIC_OWNER_DATABASE_URL", help="A database of your own, as whoever migrates it."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Export whole months to Parquet with a manifest, read the files back, and only then drop the months.

    A month with open holds, running tasks, unfolded outcomes or unsealed rows stays, and so do those after it.
    """
    if find_spec("pyarrow") is None:
        raise Misconfigured("package pyarrow is not installed: pip install 'atomic-market[archive]'")
    from bidding.adapters.postgres.archive import PostgresMonths  # noqa: PLC0415  only this command has the extra

    with _owner(home, database_url) as dsn, PostgresMonths(dsn) as months:
        manifests = archive(months, archive_target(to), before.date(), clock=lambda: time.time_ns() // 1_000_000)
    if as_json:
        print(json.dumps([asdict(manifest) for manifest in manifests]))
        return
    for manifest in manifests:
        out.print(_said(manifest))
    if not manifests:
        out.print(f"no month ended by {before.date()} is left to archive")


@contextmanager
def _owner(home: Path, database_url: str | None) -> Iterator[str]:
    if database_url is not None:
        yield database_url
        return
    with PostgresServer(existing(home).expanduser().absolute()) as server:
        dsn = server.acquire()
        migrate(dsn)
        yield dsn


def archive_target(to: str) -> ArchiveTarget:
    """The folder, or the bucket and prefix, of that name."""
    if not to.startswith("s3://"):
        return FolderTarget(Path(to).expanduser())
    bucket, _, prefix = to.removeprefix("s3://").partition("/")
    return S3Target(bucket, prefix, boto3.client("s3"))


def _said(manifest: Manifest) -> str:
    rows, size = (sum(getattr(file, name) for file in manifest.files) for name in ("rows", "bytes"))
    return f"{manifest.month}: {rows:,} rows in {len(manifest.files)} files, {size / 1e6:.1f} MB, read back and dropped"
