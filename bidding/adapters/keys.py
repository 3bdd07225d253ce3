"""Where a key lies, and what it is. Keys are read when they are used, kept for five minutes, and never logged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from bidding.domain.errors import EngineFailure

KEPT_SECONDS = 300.0


class KeyRing:
    """Finds keys by reference: `env:ATOMIC_KEY_…` among variables, `secret:…` by `secret` (its id to its text).

    `secret` raises LookupError where there is none.
    """

    def __init__(self, variables: Mapping[str, str], secret: Callable[[str], str]) -> None:
        self._variables = variables
        self._secret = secret
        self._known: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def missing(self, reference: str | None) -> str | None:
        """A sentence where a variable that should hold a key is not set, else None. Secrets are asked when used."""
        place, _, name = (reference or "").partition(":")
        if place == "env" and not self._variables.get(name):
            return f"the key is missing: set the environment variable {name}"
        return None

    def key(self, reference: str) -> str:
        """The key itself. Raises EngineFailure `unavailable`, not started, where it is nowhere."""
        place, _, name = reference.partition(":")
        if place == "env":
            if key := self._variables.get(name):
                return key
            raise EngineFailure("unavailable", f"environment variable {name} is not set", started=False)
        with self._lock:
            read_at, key = self._known.get(name, (float("-inf"), ""))
            if time.monotonic() - read_at > KEPT_SECONDS:
                key = self._read(name)
                self._known[name] = (time.monotonic(), key)
        return key

    def _read(self, name: str) -> str:
        try:
            return self._secret(name)
        except LookupError as error:
            raise EngineFailure("unavailable", f"secret {name} cannot be read: {error}", started=False) from error


def account_secret(name: str) -> str:
    """A secret of the AWS account. Raises LookupError where it is not there or may not be read."""
    import boto3  # noqa: PLC0415 - only who has such a key pays for it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        return str(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except (BotoCoreError, ClientError, KeyError) as error:
        raise LookupError(type(error).__name__) from error
