"""Verify: check every leaf, root, link, signature and anchor, and that money adds up. Writes nothing.

Receipts are taken in groups of some ten thousand rows, so that memory stays bounded however long the ledger is.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import chain

from bidding.domain.archive import month_of
from bidding.domain.dataclass import dataclass
from bidding.domain.merkle import MerkleFrontier
from bidding.domain.receipts import NO_HASH, Anchor, PublicKey, RowImage, SignedReceipt, UnsealedTail
from bidding.notary import Notary
from bidding.ports.archive import ArchivedRows

FINDINGS_MAX = 1_000
"""Findings told; the others are counted."""
_GROUP_ROWS = 50_000

_Rows = dict[tuple[int, str], dict[str, RowImage]]
_Leaves = dict[tuple[int, str], dict[str, bytes]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed: in which table, under which key (a JSON list), and what is wrong.

    `batch` is the receipt that tells; None where no receipt does.
    """

    batch: int | None
    table: str
    key: str
    problem: str


@dataclass
class Verification:
    """What an audit found. `findings` is empty for an honest ledger; the first is the first bad row or receipt.

    `unchecked_rows` are in an archive that was not given: there are as many as went into it, no more is known.
    """

    findings: list[Finding] = field(default_factory=list)
    findings_count: int = 0
    receipts: int = 0
    rows: int = 0
    erased_rows: int = 0
    unchecked_rows: int = 0
    tenants: int = 0
    tail: UnsealedTail = field(default_factory=lambda: UnsealedTail(0, None))
    unanchored_receipts: int = 0

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.findings_count == 0

    def tell(self, batch: int | None, table: str, key: str, problem: str) -> None:
        """Add a finding."""
        self.findings_count += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(batch, table, key, problem))


class _Archived:
    """Which rows may be missing here, because their month went into an archive, and how many are."""

    def __init__(self, notary: Notary, archive: ArchivedRows | None, found: Verification) -> None:
        self._archive = archive
        parts = notary.audit.archived()
        self._expected = {(part.tenant, part.month, part.table): part.rows for part in parts}
        self._tables = {part.table for part in parts}
        self._missing: Counter[tuple[str, str, str]] = Counter()
        if archive is not None:
            for name, problem in archive.faults({part.month: part.manifest_sha256 for part in parts}):
                found.tell(None, "archives", json.dumps([name]), problem)

    def rows(self, table: str, from_xact: int, to_xact: int) -> Iterator[RowImage]:
        """The rows of an archive that was given."""
        if self._archive is not None and table in self._tables:
            yield from self._archive.rows(table, from_xact, to_xact)

    def excuses(self, table: str, key: str) -> bool:
        """Whether a row that is sealed and not here is in an archive that was not given."""
        if self._archive is not None or table not in self._tables:
            return False
        try:
            tenant, row_id, *_ = json.loads(key)
            part = str(tenant), month_of(str(row_id)), table
        except ValueError:  # the list of leaves was changed: no row has such a key
            return False
        self._missing[part] += part in self._expected
        return part in self._expected

    def count(self, found: Verification) -> None:
        """Exactly what went into the archive must be missing."""
        found.unchecked_rows = self._missing.total()
        for part, rows in self._expected.items():
            missing = self._missing[part]
            if self._archive is None and missing != rows:
                problem = f"{missing} sealed rows are gone of which its archive took {rows}"
                found.tell(None, "archived_tables", json.dumps(part, ensure_ascii=False), problem)


def verify_ledger(notary: Notary, trusted: PublicKey, archive: ArchivedRows | None = None) -> Verification:
    """Check everything, rows of archived months in their `archive` where it is given.

    Raises LedgerUnavailable, AnchorsUnavailable or DocumentsUnavailable where something could not be read.
    """
    found = Verification()
    archived = _Archived(notary, archive, found)
    anchored = notary.anchors.last()
    last: SignedReceipt | None = None
    for group in _groups(notary.store.receipts()):
        for receipt in group:
            _check_link(notary, trusted, last, receipt, anchored, found)
            last = receipt
        _check_rows(notary, group, archived, found)
    archived.count(found)
    _check_end(last, anchored, found)
    found.tail = notary.audit.tail(last.receipt.to_xact if last else 0)
    if found.tail.from_the_future:
        found.tell(None, "ledger", "[]", f"{found.tail.from_the_future} rows name a transaction that has not begun")
    tenants = set()
    for tenant, key, money in notary.audit.conservation():
        tenants.add(tenant)
        if not money.holds:
            found.tell(None, "budgets", key, "is not what its holds and settlements add up to")
    found.tenants = len(tenants)
    found.findings.sort(key=lambda finding: (finding.batch is None, finding.batch))
    return found


def _groups(receipts: Iterator[SignedReceipt]) -> Iterator[list[SignedReceipt]]:
    group: list[SignedReceipt] = []
    rows = 0
    for receipt in receipts:
        group.append(receipt)
        rows += receipt.receipt.leaf_count
        if rows >= _GROUP_ROWS:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _check_link(
    notary: Notary,
    trusted: PublicKey,
    last: SignedReceipt | None,
    this: SignedReceipt,
    anchored: Anchor | None,
    found: Verification,
) -> None:
    """The receipt by itself, and as the one after `last`."""
    receipt, key = this.receipt, f"[{this.receipt.batch}]"

    def tell(problem: str) -> None:
        found.tell(receipt.batch, "receipts", key, problem)

    found.receipts += 1
    expected = last.receipt.batch + 1 if last else 1
    if receipt.batch != expected:
        found.tell(expected, "receipts", f"[{expected}]", f"missing: receipt {receipt.batch} comes in its place")
    elif receipt.previous != (last.chain_hash if last else NO_HASH):
        tell("does not follow the receipt before it")
    elif receipt.from_xact != (last.receipt.to_xact if last else 0):
        tell("its range does not begin where the one before it ended")
    if receipt.chain_hash != this.chain_hash:
        tell("its chain hash is not that of its columns: one of them was changed")
    if this.signature.key_id != trusted.key_id:
        tell(f"signed by the unknown key {this.signature.key_id}")
    elif not notary.signed_by(trusted, this.signature, receipt.message):
        tell("its signature is not of its columns")
    if anchored is not None and anchored.batch == receipt.batch and anchored.chain_hash != receipt.chain_hash:
        tell("another receipt of this number was anchored: this one, or one before it, was replaced")
    if anchored is None or receipt.batch > anchored.batch:
        found.unanchored_receipts += 1


def _check_end(last: SignedReceipt | None, anchored: Anchor | None, found: Verification) -> None:
    end = last.receipt.batch if last else 0
    if anchored is not None and anchored.batch > end:
        missing = f"missing: receipts up to {anchored.batch} were anchored, the ledger ends at {end}"
        found.tell(end + 1, "receipts", f"[{end + 1}]", missing)
    if found.unanchored_receipts > 1:  # one may wait for the next sealing; it anchors before it seals
        first = end - found.unanchored_receipts + 1
        found.tell(first, "anchors", f"[{first}]", f"missing: {found.unanchored_receipts} receipts have no anchor")


def _check_rows(notary: Notary, group: list[SignedReceipt], archived: _Archived, found: Verification) -> None:
    tables = notary.audit.tables()
    rows = _rows_of(notary, group, tables, archived)
    sealed: _Leaves = defaultdict(dict)
    for part in notary.store.sealed(group[0].receipt.batch, group[-1].receipt.batch):
        sealed[part.batch, part.table].update(zip(part.keys, part.leaves, strict=False))
    named = sorted({*tables, *(table for _, table in sealed)})
    for receipt in group:
        _check_batch(receipt, named, rows, sealed, archived, found)


def _rows_of(notary: Notary, group: list[SignedReceipt], tables: Sequence[str], archived: _Archived) -> _Rows:
    """The group's rows by batch, table and key; a batch is found by the transaction of the row."""
    starts, end = [each.receipt.from_xact for each in group], group[-1].receipt.to_xact
    rows: _Rows = defaultdict(dict)
    for table in tables:
        for row in chain(notary.audit.rows(table, starts[0], end), archived.rows(table, starts[0], end)):
            receipt = group[bisect_right(starts, row.xact) - 1].receipt
            if row.xact < receipt.to_xact:  # otherwise it was of a receipt that is missing, which is told already
                rows[receipt.batch, table].setdefault(row.key, row)  # what is here, before what an archive says
    return rows


def _check_batch(
    signed: SignedReceipt,
    tables: Sequence[str],
    rows: _Rows,
    sealed: _Leaves,
    archived: _Archived,
    found: Verification,
) -> None:
    receipt = signed.receipt
    tree = MerkleFrontier()
    differences: list[tuple[str, str, str]] = []
    for table in tables:
        now, then = rows.pop((receipt.batch, table), {}), sealed.pop((receipt.batch, table), {})
        archived_keys = {key for key in then.keys() - now.keys() if archived.excuses(table, key)}
        for key in sorted(now.keys() | then.keys()):
            if key in archived_keys:
                tree.push(then[key])  # the root tells whether this is the leaf that was sealed
                continue
            row = now.get(key)
            if row is not None:
                tree.push(row.leaf)
                _check_personal(receipt.batch, table, row, row.leaf == then.get(key), found)
            if problem := _problem(row, then.get(key)):
                differences.append((table, key, problem))
    found.rows += tree.count
    if (tree.root(), tree.count) == (receipt.root, receipt.leaf_count):
        for table, key, _ in differences:  # the rows are those of the signed root, so it is the list that was changed
            list_key = f'[{receipt.batch}, "{table}"]'
            found.tell(receipt.batch, "sealed_leaves", list_key, f"the list of leaves is wrong about row {key}")
        return
    for table, key, problem in differences:
        found.tell(receipt.batch, table, key, problem)
    if not differences:
        problem = "its root is not that of its rows, though the list of leaves is: the receipt or the list was changed"
        found.tell(receipt.batch, "receipts", f"[{receipt.batch}]", problem)


def _check_personal(batch: int, table: str, row: RowImage, as_sealed: bool, found: Verification) -> None:
    found.erased_rows += row.personal == "erased"
    if as_sealed and row.personal == "changed":
        found.tell(batch, table, row.key, "its personal columns are not those that were written")


def _problem(row: RowImage | None, sealed: bytes | None) -> str | None:
    if row is None:
        return "deleted, or its transaction number was changed"
    if sealed is None:
        return "added after its batch was sealed, or its key was changed"
    if row.leaf != sealed:
        return "changed: it does not have the leaf that was sealed"
    return None
