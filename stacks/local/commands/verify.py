"""`atomic verify`: is the ledger what it was when it was written?"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from typing import Annotated

import typer
from rich.table import Table

from bidding.adapters.postgres.audit import PostgresAudit
from bidding.domain.errors import Misconfigured
from bidding.notary import Notary
from bidding.ports.archive import ArchivedRows
from bidding.services.rebuild import Rebuild, rebuild_policy
from bidding.services.verification import Verification, verify_ledger
from stacks.local.cards import safe
from stacks.local.commands.archive import archive_target
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, existing, open_stack, out, say

_SHOWN = 20


def verify(
    archive: Annotated[
        str | None,
        typer.Option(help="Where months were archived to: a folder, or s3://bucket/prefix.", show_default=False),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Check every leaf, root, link, signature and anchor, and that money adds up; name the first bad row.

    Rows of archived months are checked in their files with --archive; without it only their number and leaves are.
    Then fold every policy again from its outcomes: each version must come out as it was written, bit for bit.
    Nothing is written, and no hash of the database is trusted. The exit code is 0 only if nothing was found.
    """
    with open_stack(existing(home)) as stack:
        notary = stack.notary
        started = time.monotonic()
        with _archived_rows(archive, notary) as rows:
            found = verify_ledger(notary, notary.signer.public_key(), rows)
        seconds = time.monotonic() - started
        oldest_ms = found.tail.oldest_ms
        rebuilds = [rebuild_policy(notary.audit.policies, tenant) for tenant in notary.audit.learners()]
        tail_s = 0.0 if oldest_ms is None else max(0.0, (notary.clock() - oldest_ms) / 1_000)
    rate = found.rows / seconds
    same = all(rebuild.same for rebuild in rebuilds)
    if as_json:
        document = asdict(found) | {"intact": found.intact, "seconds": seconds, "rows_per_second": rate}
        policies = [asdict(rebuild) for rebuild in rebuilds]
        out.print_json(json.dumps(document | {"tail_age_seconds": tail_s, "policies": policies}))
    else:
        _tell(found, seconds, rate, tail_s)
        _tell_policies(rebuilds)
    if not (found.intact and same):
        raise typer.Exit(1)


@contextmanager
def _archived_rows(archive: str | None, notary: Notary) -> Iterator[ArchivedRows | None]:
    if archive is None:
        yield None
        return
    if find_spec("pyarrow") is None:
        raise Misconfigured("package pyarrow is not installed: pip install 'atomic-market[archive]'")
    from bidding.adapters.postgres.archived_rows import ParquetRows  # noqa: PLC0415  only this option has the extra

    assert isinstance(notary.audit, PostgresAudit)
    with ParquetRows(archive_target(archive), notary.audit.columns) as rows:
        yield rows


def _tell(found: Verification, seconds: float, rate: float, tail_s: float) -> None:
    out.print(
        f"{found.rows:,} rows in {found.receipts:,} receipts of {found.tenants:,} tenants, "
        f"checked in {seconds:.1f} s ({rate:,.0f} rows/s)"
    )
    out.print(f"unsealed tail: {found.tail.rows:,} rows, the oldest {tail_s:.0f} s old")
    if found.erased_rows:
        out.print(f"{found.erased_rows:,} rows had their personal columns erased")
    if found.unchecked_rows:
        out.print(f"{found.unchecked_rows:,} rows are archived, not checked: name the archive with --archive")
    if found.unanchored_receipts:
        out.print(f"{found.unanchored_receipts} receipts wait for their anchor")
    if found.intact:
        say("[green]intact[/green]")
        return
    table = Table("receipt", "table", "row", "what is wrong", title="first findings")
    for finding in found.findings[:_SHOWN]:
        table.add_row(str(finding.batch or ""), finding.table, safe(finding.key), safe(finding.problem))
    out.print(table)
    say(f"[red]{found.findings_count} findings[/red]: the ledger is not what was sealed")


def _tell_policies(rebuilds: list[Rebuild]) -> None:
    for rebuild in rebuilds:
        begun = f" from version {rebuild.trusted_version} on" if rebuild.trusted_version else ""
        folded = f"{rebuild.versions:,} versions folded again{begun} from {rebuild.outcomes:,} outcomes"
        if rebuild.same:
            say("[green]policy rebuilt[/green]", f"{rebuild.tenant}: {folded}, the same bits")
        else:
            say(
                "[red]policy differs[/red]",
                f"{rebuild.tenant}: version {rebuild.differs_at} is not what its outcomes fold to; {folded} before it",
            )
