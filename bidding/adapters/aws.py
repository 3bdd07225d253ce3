"""Clients of AWS that are made when they are first used: boto3 costs more to import than most functions to run."""

from __future__ import annotations

import threading
from typing import Any


class LazyClient:
    """Stands for `boto3.client(service)`, and makes it at the first use of an attribute. May be shared by threads."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._made: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                import boto3  # noqa: PLC0415 - only a function that calls AWS pays for it

                self._made = boto3.client(self._service)
        return getattr(self._made, name)


def client(service: str) -> Any:
    """A client of this service."""
    return LazyClient(service)


def client_errors() -> tuple[type[Exception], ...]:
    """What clients of AWS raise, for an `except`, which asks only once something was raised."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - by then it is imported

    return BotoCoreError, ClientError
