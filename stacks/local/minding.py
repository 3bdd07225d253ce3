"""What schedules do in the cloud, done by a process that stays: `atomic serve`."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType

from bidding.domain.errors import OperatorError
from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from bidding.services.approvals import resume_all
from bidding.services.submissions import resume_unfinished
from bidding.services.upkeep import sweep_recent
from lambdas.environment import owner, workflows

_SECONDS = 60.0


class Minding:
    """Takes up what processes that are gone left waiting, then resolves expired holds while its context lasts."""

    def __init__(self, market: Market, tenant: TenantId) -> None:
        self._market = market
        self._tenant = tenant
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="minding", daemon=True)

    def __enter__(self) -> None:
        resume_unfinished(self._market, workflows(), self._tenant, owner())
        resume_all(self._market, workflows(), self._tenant)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_SECONDS):
            with suppress(OperatorError):  # the next minute is early enough
                sweep_recent(self._market)
