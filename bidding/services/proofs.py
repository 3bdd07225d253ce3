"""Prove that a lot's rows were sealed, and check such a proof with nothing but the proof and a public key."""

from __future__ import annotations

from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, TenantId
from bidding.domain.merkle import MerkleTree, root_of_path
from bidding.domain.receipts import LotProof, LotRow, ProvenRow, PublicKey, SignedReceipt, field_head, row_leaf
from bidding.notary import Notary, SignatureCheck


def prove_lot(notary: Notary, tenant: TenantId, lot: LotId) -> LotProof:
    """The proof for every row about a lot that is sealed; the others are named.

    Raises UnknownRecord where there is no such lot.
    """
    rows = notary.audit.rows_of_lot(tenant, lot)
    if not rows:
        raise UnknownRecord(f"no lot {lot}")
    used: list[tuple[SignedReceipt, list[LotRow]]] = []
    for signed in notary.store.receipts():
        mine = [row for row in rows if signed.receipt.from_xact <= row.xact < signed.receipt.to_xact]
        if mine:
            used.append((signed, mine))
    sealed = {(row.table, row.key) for _, mine in used for row in mine}
    return LotProof(
        tenant=tenant,
        lot_id=lot,
        public_key=notary.signer.public_key().der,
        receipts=tuple(receipt for receipt, _ in used),
        rows=tuple(proven for receipt, mine in used for proven in _proven(notary, receipt, mine)),
        unsealed=tuple((row.table, row.key) for row in rows if (row.table, row.key) not in sealed),
    )


def _proven(notary: Notary, signed: SignedReceipt, rows: list[LotRow]) -> list[ProvenRow]:
    batch = signed.receipt.batch
    wanted = {(row.table, row.key): row for row in rows}
    places: dict[tuple[str, str], int] = {}
    leaves: list[bytes] = []
    for part in notary.store.sealed(batch, batch):
        for key, leaf in zip(part.keys, part.leaves, strict=True):
            if (part.table, key) in wanted:
                places[part.table, key] = len(leaves)
            leaves.append(leaf)
    tree = MerkleTree(leaves)
    return [
        ProvenRow(row.table, row.key, row.fields, batch, places[name], tree.path(places[name]))
        for name, row in wanted.items()
        if name in places
    ]


def check_proof(proof: LotProof, trusted: PublicKey, signed_by: SignatureCheck) -> list[str]:
    """What is wrong with a proof, in sentences; empty where every row is proven under the trusted key."""
    problems = []
    receipts = {}
    for signed in proof.receipts:
        receipt = signed.receipt
        receipts[receipt.batch] = receipt
        if signed.chain_hash != receipt.chain_hash:
            problems.append(f"receipt {receipt.batch}: its chain hash is not that of its fields")
        if signed.signature.key_id != trusted.key_id:
            problems.append(f"receipt {receipt.batch}: signed by key {signed.signature.key_id}, not {trusted.key_id}")
        elif not signed_by(trusted, signed.signature, receipt.message):
            problems.append(f"receipt {receipt.batch}: its signature is not of its fields")
    for row in proof.rows:
        sealed = receipts.get(row.batch)
        names = [name for name, _, _ in row.fields]
        values = {name: value for name, _, value in row.fields}
        if values.get("tenant") != proof.tenant.encode():
            problems.append(f"{row.table} {row.key}: is not of tenant {proof.tenant}")
        if names != sorted(set(names)):
            problems.append(f"{row.table} {row.key}: its columns are not sorted by name")
        elif sealed is None:
            problems.append(f"{row.table} {row.key}: the proof has no receipt {row.batch}")
        else:
            leaf = row_leaf(row.table, ((field_head(name), value) for name, _, value in row.fields))
            if root_of_path(leaf, row.index, sealed.leaf_count, row.path) != sealed.root:
                problems.append(f"{row.table} {row.key}: does not lead to the root of receipt {row.batch}")
    return problems
