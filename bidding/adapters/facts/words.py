"""Word lists, written as one reads them."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """The words of a text, parted by white space."""
    return text.split()
