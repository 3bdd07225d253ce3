"""The composition root: builds the concrete objects behind the ports, and nothing else does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import boto3

from bidding.adapters.documents import S3Documents
from bidding.adapters.embeddings import MiniLmEmbedder
from bidding.adapters.engines import EngineShop
from bidding.adapters.intake import parse_document
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.postgres import PostgresLedger
from bidding.ports import Market


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation sets.

    `script` names the answers of scripted seats, for tests of workflows. `no_bedrock` says why Bedrock may not be
    called from here; None where it may.
    """

    database_url: str
    bucket: str
    default_budget_micros: int
    cache_dir: Path | None = None
    script: Path | None = None
    no_bedrock: str | None = None


_closers: list[Callable[[], None]] = []


@cache
def build_market(settings: Settings) -> Market:
    """The market of these settings: one per process, so that connections and models are kept."""
    embedder = MiniLmEmbedder()
    ledger = PostgresLedger(settings.database_url, default_budget_micros=settings.default_budget_micros)
    engines = EngineShop(embedder, settings.cache_dir, settings.script, settings.no_bedrock)
    _closers.extend([engines.close, ledger.close])
    return Market(
        ledger=ledger,
        documents=S3Documents(settings.bucket, boto3.client("s3")),
        engines=engines,
        embedder=embedder,
        outputs=TypedOutputs(),
        parse_document=parse_document,
        clock=_now_ms,
    )


def close_markets() -> None:
    """Give back connections and models, and forget the markets built so far."""
    for close in _closers:
        close()
    _closers.clear()
    build_market.cache_clear()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
