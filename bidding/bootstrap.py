"""The composition root: builds the concrete objects behind the ports, and nothing else does.

Every function has a market. What only some have beside it is imported where it is built: the others start sooner.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bidding.adapters.aws import client
from bidding.adapters.documents import S3Documents
from bidding.adapters.embeddings import MiniLmEmbedder
from bidding.adapters.engines import EngineShop
from bidding.adapters.keys import KeyRing, account_secret
from bidding.adapters.observers.lines import LineObserver
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.connection import Database
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import Misconfigured
from bidding.domain.judging import NOBODY_JUDGED, JudgingTerms
from bidding.domain.seats import DataClass
from bidding.ports.engines import Engines
from bidding.ports.market import Market
from bidding.ports.observation import Observer, Silence

if TYPE_CHECKING:
    from bidding.domain.lots import TaskOptions
    from bidding.domain.messages import Message
    from bidding.notary import Anchors, Notary, ReceiptStore, Signer
    from bidding.ports.adaptation import VariantCompiler
    from bidding.ports.workflows import Uploads, Workflows


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation sets.

    `script` names the answers of scripted seats, for tests of workflows. `no_bedrock` says why Bedrock may not be
    called from here; None where it may. `signing_key` is a file, or `kms:` and the id of a key; `anchors` is a file, or
    `s3://bucket/prefix`: only what seals or verifies needs them. `audit_url` is the database for a role that reads the
    rows of all tenants; None where `database_url` is. `machines` is a JSON object, the ARN of each state machine that
    may be started by its file's name; `upload_base` an address that takes uploads in place of presigned ones.
    `observability` off is for measuring what it costs. `traces` says where spans go, None for none;
    `frozen_between_calls` that the process stops between calls, as a function's does. `data_class` is the least strict
    class that documents have here; `judging` says whose answers judge seats judge.
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
    data_class: DataClass = "public"
    machines: str | None = None
    upload_base: str | None = None
    observability: Literal["on", "off"] = "on"
    traces: Literal["console", "otlp"] | None = None
    frozen_between_calls: bool = False
    judging: JudgingTerms = NOBODY_JUDGED


_closers: list[Callable[[], None]] = []


@cache
def build_market(settings: Settings) -> Market:
    """The market of these settings: one per process, so that connections and models are kept."""
    embedder = MiniLmEmbedder()
    ledger = PostgresLedger(settings.database_url, default_budget_micros=settings.default_budget_micros)
    engines = EngineShop(embedder, settings.cache_dir, settings.script, settings.no_bedrock, _keys())
    _closers.extend([engines.close, ledger.close])
    watch = _watch(settings)
    return Market(
        ledger=ledger,
        documents=S3Documents(settings.bucket, client("s3")),
        engines=watch.over(engines),
        embedder=embedder,
        outputs=TypedOutputs(),
        parse_document=_parse_document,
        clock=_now_ms,
        data_class=settings.data_class,
        judging=settings.judging,
        observer=watch.observer,
        refuse_unwanted=_refuse_unwanted,
    )


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who is told of decisions, and what becomes of the engines so that their calls are told too."""

    observer: Observer
    over: Callable[[Engines], Engines] = lambda engines: engines


def _watch(settings: Settings) -> _Watch:
    if settings.observability == "off":
        return _Watch(Silence())
    lines = LineObserver(_now_ms)
    if settings.traces is None:
        return _Watch(lines)
    from bidding.adapters.observers.exporters import tracing
    from bidding.adapters.observers.model_calls import TracedEngines
    from bidding.adapters.observers.traces import TraceObserver

    traces = tracing(settings.traces)
    _closers.append(traces.close)
    after = traces.flush if settings.frozen_between_calls else None
    observer = TraceObserver(lines, traces.tracer, after)
    return _Watch(observer, lambda engines: TracedEngines(engines, traces.tracer))


@cache
def build_compiler(settings: Settings) -> VariantCompiler:
    """What compiles variants, with engines of its own: they may keep parts of prompts. It needs the `adapt` extra."""
    from bidding.adapters.dspy_compiler import DspyCompiler

    engines = EngineShop(MiniLmEmbedder(), settings.cache_dir, settings.script, settings.no_bedrock, reuse_prompts=True)
    _closers.append(engines.close)
    return DspyCompiler(engines.engine_of, TypedOutputs())


@cache
def build_notary(settings: Settings) -> Notary:
    """What seals and verifies the ledger. Raises Misconfigured without a key and a place for anchors."""
    if not settings.signing_key or not settings.anchors:
        raise Misconfigured("sealing needs a signing key and a place for anchors: see docs/concepts/receipts.md")
    from bidding.adapters.postgres.audit import PostgresAudit
    from bidding.adapters.postgres.receipts import PostgresReceipts
    from bidding.adapters.signing import signed_by
    from bidding.notary import Notary

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


def prepare_ledger(secret: str, host: str, database: str) -> list[str]:
    """Bring a ledger on RDS to the current schema and return the migrations applied.

    `secret` is the one in which RDS keeps its owner's name and password. The connection is direct and encrypted;
    who answers is vouched for by the security groups, since the authority of RDS itself is in no public list.
    """
    from psycopg.conninfo import make_conninfo

    from bidding.adapters.postgres.provision import provision
    from bidding.services.upkeep import MONTHS_AHEAD

    owner = json.loads(client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    login = {"user": owner["username"], "password": owner["password"], "sslmode": "require"}
    applied, _ = provision(make_conninfo(host=host, dbname=database, **login), _now_ms(), MONTHS_AHEAD)
    return applied


@cache
def build_receipts(settings: Settings) -> ReceiptStore:
    """The receipts of the ledger, to read: needs no key."""
    from bidding.adapters.postgres.receipts import PostgresReceipts

    database = Database(settings.database_url)
    _closers.append(database.close)
    return PostgresReceipts(database, database)


@cache
def build_workflows(settings: Settings) -> Workflows:
    """What starts and wakes state machines. Raises Misconfigured where their ARNs are no JSON object."""
    from bidding.adapters.step_functions import StepFunctions

    try:
        arns = json.loads(settings.machines or "{}")
    except ValueError as error:
        raise Misconfigured("ATOMIC_MACHINES is no JSON object of ARNs by name") from error
    return StepFunctions(client("stepfunctions"), arns)


@cache
def build_uploads(settings: Settings) -> Uploads:
    """Where clients put what is too large for a request."""
    from bidding.adapters.step_functions import S3Uploads, ServedUploads

    if settings.upload_base:
        return ServedUploads(settings.upload_base)
    return S3Uploads(settings.bucket, client("s3"))


def _signer(key: str) -> Signer:
    from bidding.adapters.kms import KmsSigner
    from bidding.adapters.signing import KeyFileSigner

    if key.startswith("kms:"):
        return KmsSigner(key.removeprefix("kms:"), client("kms"))
    return KeyFileSigner(Path(key))


def _anchors(place: str) -> Anchors:
    from bidding.adapters.anchors import FileAnchors, S3Anchors

    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        return S3Anchors(bucket, prefix, client("s3"))
    return FileAnchors(Path(place))


def close_markets() -> None:
    """Give back connections and models, and forget the markets and notaries built so far."""
    for close in _closers:
        close()
    _closers.clear()
    build_market.cache_clear()
    build_notary.cache_clear()
    build_compiler.cache_clear()
    build_receipts.cache_clear()
    build_workflows.cache_clear()
    build_uploads.cache_clear()


def _parse_document(raw: bytes) -> tuple[Message, TaskOptions | None]:
    from bidding.adapters.intake import parse_document  # its libraries are in two packages only

    return parse_document(raw)


def _refuse_unwanted(raw: bytes) -> None:
    from bidding.adapters.mail.receipt import refuse_unwanted  # as above

    refuse_unwanted(raw)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
