"""The functions' lines, log and metrics in one: in the cloud CloudWatch takes them, here a file under home."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from bidding.adapters.observers.lines import logger

_BYTES_MAX = 20_000_000


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Send the functions' log to a file, one JSON object per line, and put it back after."""
    inner = logger._logger
    handler = RotatingFileHandler(path, maxBytes=_BYTES_MAX, backupCount=2, encoding="utf-8", delay=True)
    formatter = logger.registered_formatter
    handler.setFormatter(formatter if isinstance(formatter, logging.Formatter) else None)
    before, propagate, raising = inner.handlers[:], inner.propagate, logging.raiseExceptions
    inner.handlers, inner.propagate = [handler], False
    logging.raiseExceptions = False  # a full disk is told once, by what it stops, and not by every line of the log
    try:
        yield
    finally:
        inner.handlers, inner.propagate, logging.raiseExceptions = before, propagate, raising
        with suppress(OSError):
            handler.close()
