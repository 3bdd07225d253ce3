"""What schedules do in the cloud, done by a process that stays: `atomic serve`."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType

from bidding.domain.errors import OperatorError
from bidding.ports import Market
from bidding.services.upkeep import sweep_recent

_SECONDS = 60.0


class Minding:
    """Resolves expired holds for as long as its context lasts."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="minding", daemon=True)

    def __enter__(self) -> None:
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
