"""Mail as it comes: hostile, malformed and in any language, made into plain messages."""

from bidding.adapters.mail.parse import MAX_MESSAGE_BYTES, parse_message
from bidding.adapters.mail.sources import read_sources

__all__ = ["MAX_MESSAGE_BYTES", "parse_message", "read_sources"]
