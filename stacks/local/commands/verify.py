"""`atomic verify`: is the ledger what it was when it was written?"""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import typer
from rich.table import Table

from bidding.services.rebuild import Rebuild, rebuild_policy
from bidding.services.verification import Verification, verify_ledger
from stacks.local.cards import safe
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, open_stack, out, say

_SHOWN = 20


def verify(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check every leaf, root, link, signature and anchor, and that money adds up; name the first bad row.

    Then fold every policy again from its outcomes: each version must come out as it was written, bit for bit.
    Nothing is written, and no hash of the database is trusted. The exit code is 0 only if nothing was found.
    """
    with open_stack(home) as stack:
        notary = stack.notary
        started = time.monotonic()
        found = verify_ledger(notary, notary.signer.public_key())
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


def _tell(found: Verification, seconds: float, rate: float, tail_s: float) -> None:
    out.print(
        f"{found.rows:,} rows in {found.receipts:,} receipts of {found.tenants:,} tenants, "
        f"checked in {seconds:.1f} s ({rate:,.0f} rows/s)"
    )
    out.print(f"unsealed tail: {found.tail.rows:,} rows, the oldest {tail_s:.0f} s old")
    if found.erased_rows:
        out.print(f"{found.erased_rows:,} rows had their personal columns erased")
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
