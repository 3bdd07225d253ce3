"""The environment variables of the functions of one machine: those that `stacks/` sets in the cloud."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import make_conninfo

from stacks.local.aws.bedrock_access import PROFILE_VARIABLE
from stacks.local.aws.runtime import machine_arn
from stacks.local.owners import this_owner


def environment_of(
    home: Path,
    *,
    app_dsn: str,
    owner_dsn: str,
    bucket: str,
    budget_micros: int,
    machines: Sequence[str],
    script: Path | None,
    may_call_bedrock: bool,
    upload_base: str | None,
) -> dict[str, str]:
    """The variables of `lambdas/environment.py` for the functions of this home."""
    environment = {
        "ATOMIC_DATABASE_URL": app_dsn,
        "ATOMIC_BUCKET": bucket,
        "ATOMIC_DEFAULT_BUDGET_MICROS": str(budget_micros),
        "ATOMIC_CACHE_DIR": str(home / "cache"),
        "ATOMIC_AUDIT_URL": make_conninfo(owner_dsn, user="ledger_reader"),
        "ATOMIC_SIGNING_KEY": str(home / "keys" / "receipts.pem"),
        "ATOMIC_ANCHORS": str(home / "anchors.jsonl"),
        "ATOMIC_OWNER": this_owner(),
        "ATOMIC_MACHINES": json.dumps({name: machine_arn(name) for name in machines}),
    }
    if script:
        environment["ATOMIC_SCRIPT"] = str(script)
    if upload_base:
        environment["ATOMIC_UPLOAD_BASE"] = upload_base
    if not may_call_bedrock:
        environment["ATOMIC_NO_BEDROCK"] = f"no AWS profile was named: set {PROFILE_VARIABLE}"
    return environment


class variables:  # noqa: N801  reads as what it is: `with variables(...)`
    """Set environment variables, and put back what was there."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._values}
        os.environ.update(self._values)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
