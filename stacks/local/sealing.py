"""Sealing by the clock on one machine: what the cloud does by schedule, every half minute while something runs."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType

from bidding.domain.errors import OperatorError
from lambdas import seal_receipts

_SECONDS = 30.0


def seal() -> None:
    """Seal what is committed. Raises LedgerRolledBack, LedgerUnavailable, SignerUnavailable or AnchorsUnavailable."""
    seal_receipts.handler({}, None)


class Sealing:
    """Seals while its context lasts, and once more at its end."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealing", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        seal()

    def _run(self) -> None:
        while not self._stopped.wait(_SECONDS):
            with suppress(OperatorError):  # it is in the log, and the last sealing tells it
                seal()
