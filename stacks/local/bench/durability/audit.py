"""Compare what clients were promised with what the ledger holds, and name every row that differs."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import Connection
from psycopg.rows import TupleRow

from bidding.domain.ids import TenantId
from stacks.local.bench.durability.writer import Promises
from stacks.local.bench.made_up_auctions import BIDDERS
from stacks.local.bench.scratch_server import connect, open_ledger

_AWARDS = "SELECT award_id::text FROM awards WHERE tenant = %s"
_SETTLEMENTS = "SELECT hold_id::text FROM settlements WHERE tenant = %s AND kind = 'settled'"
_WITHOUT_HOLD = """
SELECT a.award_id::text
FROM awards AS a
WHERE a.tenant = %s AND NOT EXISTS (
    SELECT FROM holds AS h WHERE h.tenant = a.tenant AND h.hold_id = a.hold_id AND h.amount_micros = a.hold_micros
)
"""
_TORN = """
SELECT u.auction_id::text
FROM auctions AS u
WHERE u.tenant = %s AND (
    (SELECT count(*) FROM all_bids AS b WHERE b.tenant = u.tenant AND b.auction_id = u.auction_id) <> %s
    OR NOT EXISTS (SELECT FROM awards AS a WHERE a.tenant = u.tenant AND a.auction_id = u.auction_id)
)
"""


def audit(dsn: str, tenant: TenantId, promises: Promises) -> list[str]:
    """A sentence for every row that is missing, alone or torn, and for money that does not add up."""
    with connect(dsn) as connection:
        faults = _lost(connection, _AWARDS, tenant, "award", promises.awards)
        faults += _lost(connection, _SETTLEMENTS, tenant, "settlement of hold", promises.settlements)
        faults += [f"award {award} has no hold of its amount" for award in _ids(connection, _WITHOUT_HOLD, tenant)]
        faults += [f"auction {auction} is not whole" for auction in _ids(connection, _TORN, tenant, BIDDERS)]
    ledger = open_ledger(dsn)
    stands = ledger.conservation(tenant)
    ledger.close()
    if not stands.holds:
        faults.append(f"budget {tenant} is not what its rows add up to: {stands}")
    return faults


def _lost(
    connection: Connection[TupleRow], stored: str, tenant: TenantId, what: str, promised: Mapping[str, str]
) -> list[str]:
    found = _ids(connection, stored, tenant)
    missing = sorted(promised.keys() - found)
    return [f"{what} {each} was acknowledged to client {promised[each]} and is not in the ledger" for each in missing]


def _ids(connection: Connection[TupleRow], query: str, *parameters: object) -> set[str]:
    return {name for (name,) in connection.execute(query.encode(), parameters).fetchall()}
