"""The composition root: builds the concrete objects behind the ports, and nothing else does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import boto3

from bidding.adapters.anchors import FileAnchors, S3Anchors
from bidding.adapters.documents import S3Documents
from bidding.adapters.embeddings import MiniLmEmbedder
from bidding.adapters.engines import EngineShop
from bidding.adapters.intake import parse_document
from bidding.adapters.keys import KeyRing, account_secret
from bidding.adapters.kms import KmsSigner
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.audit import PostgresAudit
from bidding.adapters.postgres.connection import Database
from bidding.adapters.postgres.receipts import PostgresReceipts
from bidding.adapters.signing import KeyFileSigner, signed_by
from bidding.domain.errors import Misconfigured
from bidding.notary import Anchors, Notary, Signer
from bidding.ports import Market


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation sets.

    `script` names the answers of scripted seats, for tests of workflows. `no_bedrock` says why Bedrock may not be
    called from here; None where it may. `signing_key` is a file, or `kms:` and the id of a key; `anchors` is a file, or
    `s3://bucket/prefix`: only what seals or verifies needs them. `audit_url` is the database for a role that reads the
    rows of all tenants; None where `database_url` is.
    """

    database_url: str
    bucket: str
    default_budget_micros: int
    cache_dir: Path | None = None
    script: Path | None = None
    no_bedrock: str | None = None
    signing_key: str | None = None
    anchors: str | None = None
    audit_url: str | None = None


_closers: list[Callable[[], None]] = []


@cache
def build_market(settings: Settings) -> Market:
    """The market of these settings: one per process, so that connections and models are kept."""
    embedder = MiniLmEmbedder()
    ledger = PostgresLedger(settings.database_url, default_budget_micros=settings.default_budget_micros)
    engines = EngineShop(embedder, settings.cache_dir, settings.script, settings.no_bedrock, _keys())
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


@cache
def build_notary(settings: Settings) -> Notary:
    """What seals and verifies the ledger. Raises Misconfigured without a key and a place for anchors."""
    if not settings.signing_key or not settings.anchors:
        raise Misconfigured("sealing needs a signing key and a place for anchors: see docs/concepts/receipts.md")
    audit_url = settings.audit_url or settings.database_url
    market, auditor = Database(settings.database_url), Database(audit_url)
    ledger = PostgresLedger(audit_url, default_budget_micros=settings.default_budget_micros)
    audit = PostgresAudit(audit_url, auditor, ledger)
    _closers.extend([audit.close, market.close, auditor.close, ledger.close])
    return Notary(
        store=PostgresReceipts(market, auditor),
        audit=audit,
        signer=_signer(settings.signing_key),
        signed_by=signed_by,
        anchors=_anchors(settings.anchors),
        clock=_now_ms,
    )


def _keys() -> KeyRing:
    return KeyRing(os.environ, account_secret)


def _signer(key: str) -> Signer:
    if key.startswith("kms:"):
        return KmsSigner(key.removeprefix("kms:"), boto3.client("kms"))
    return KeyFileSigner(Path(key))


def _anchors(place: str) -> Anchors:
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        return S3Anchors(bucket, prefix, boto3.client("s3"))
    return FileAnchors(Path(place))


def close_markets() -> None:
    """Give back connections and models, and forget the markets and notaries built so far."""
    for close in _closers:
        close()
    _closers.clear()
    build_market.cache_clear()
    build_notary.cache_clear()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
