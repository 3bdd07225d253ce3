"""Wire types of the ledger's upkeep."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Wire

Count = Annotated[int, Field(ge=0)]


class UpkeepRequest(Wire):
    """What a schedule asks for: `sweep` every minute, `daily` once a day."""

    version: Literal[1] = 1
    duty: Literal["sweep", "daily"]


class UpkeepReport(Wire):
    """Expired holds that were resolved, and rows that lie in no month's partition: there should be none."""

    version: Literal[1] = 1
    voided: Count
    settled: Count
    rows_in_default: Count
