"""Where documents are kept, and how they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from bidding.domain.lots import TaskOptions

if TYPE_CHECKING:  # a mail is read by two functions only
    from bidding.domain.messages import Message

DocumentParser = Callable[[bytes], "tuple[Message, TaskOptions | None]"]
"""Decode a document; its own options where it brings any. Raises RefusedDocument with a reason code."""


class Documents(Protocol):
    """Object storage. Keys are slash-separated; a put replaces."""

    def put(self, key: str, data: bytes) -> None:
        """Store `data`."""

    def get(self, key: str) -> bytes:
        """Raises UnknownRecord where nothing is stored under `key`."""

    def delete(self, key: str) -> None:
        """Delete for good, earlier versions too. Nothing happens where nothing is stored."""
