"""What the parts of the ledger share."""

from __future__ import annotations

import json

from psycopg.types.json import Json

from bidding.adapters.postgres.connection import Database

_ENCODED = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class LedgerPart:
    """One protocol's share of the ledger, on a common database."""

    def __init__(self, database: Database, default_budget_micros: int) -> None:
        self._database = database
        self._default_budget_micros = default_budget_micros


def as_json(value: object) -> Json:
    """A parameter of type json. Refuses NaN and infinity, which JSON has no words for."""
    return Json(value, dumps=_ENCODED)


def storable(text: str) -> str:
    """Text that PostgreSQL can hold: without NUL and lone surrogates, which mails and models do produce."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
