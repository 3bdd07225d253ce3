"""A watched run: the example inbox and one cause of trouble after the other, through the real workflow.

What was written meanwhile is kept by episode: the healthy inbox, and each cause by its name.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bidding.adapters.mail import read_sources
from bidding.domain.ids import SeatId, TaskId, TenantId
from bidding.domain.seats import PriceList, Seat
from bidding.services.approvals import decide
from bidding.services.erasure import erase
from lambdas import conclude_approval, maintain_ledger, open_auction
from lambdas.environment import workflows
from schemas.execution import FeedbackRequest
from schemas.replay import ReplayRequest
from schemas.terms import ApprovalTerms, TaskOptions
from stacks.local.collector import collecting
from stacks.local.reports import TaskReport
from stacks.local.seats import LOCAL_SEATS
from stacks.local.stack import LocalStack
from tests.exported_spans import spans_of
from tests.ledger_samples import World

INBOX = Path(__file__).parents[1] / "examples" / "inbox"
CANARIES = (
    "sk-live-51HxCanary9fQ2",
    "hunter2-correct-horse",
    "DE89370400440532013000",
    "+49 151 23456789",
    "4111 1111 1111 1111",
)
_CANARY_MAIL = (
    "From: Ida Canary <ida.canary@secret.example>\r\nTo: mara@lumen.example\r\nSubject: Access for Ida {n}\r\n"
    "Message-ID: <canary-{n}@secret.example>\r\nDate: Tue, 24 Mar 2026 08:21:13 +0000\r\n\r\n"
    "Hello Mara, could you please store my key {0} and the password {1} for me?\r\n"
    "The account is {2}, the card {4}, and my number {3} until 2026-05-02. Kind regards, Ida\r\n"
)
_CALLS = 6
"""Lots per cause: enough for a rate to be believed."""
_ANSWER = {"label": "question", "confidence": 0.9}
_LATE_MS = 10_500


@dataclass
class ObservedRun:
    """What a run wrote. `lines` by episode, `spans` as exported, `texts` all of its log files."""

    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    executions: dict[str, list[str]] = field(default_factory=dict)
    spans: list[dict[str, Any]] = field(default_factory=list)
    exported: list[bytes] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    task_id: str = ""

    @property
    def all_lines(self) -> list[dict[str, Any]]:
        """Of all episodes."""
        return [line for lines in self.lines.values() for line in lines]


def scripted(name: str, **terms: Any) -> Seat:
    """A seat that classifies as its script says."""
    prices = PriceList(input_micros_per_mtok=1_000, output_micros_per_mtok=terms.pop("output_micros_per_mtok", 100_000))
    return Seat(SeatId(name), "scripted", "any", frozenset({"classify"}), "on_host", prices, **terms)


SEATS = (
    *(seat for seat in LOCAL_SEATS if seat.engine == "rules"),
    scripted("steady"),
    scripted("throttled", prior_quality=0.99),
    scripted("illiterate", prior_quality=0.99),
    scripted("late", prior_quality=0.99, timeout_ms=_LATE_MS),
    scripted("overcharging", prior_quality=0.99, output_micros_per_mtok=1_000_000),
    scripted("unscripted", prior_quality=0.99),
    scripted("boastful", prior_quality=0.99),
)
_SCRIPT = [
    {"seat": "steady", "kind": "classify", "steps": [{"text": _ANSWER}]},
    {"seat": "boastful", "kind": "classify", "steps": [{"text": _ANSWER}]},
    {"seat": "throttled", "kind": "classify", "steps": [{"failure": "throttled", "started": False}]},
    {"seat": "illiterate", "kind": "classify", "steps": [{"text": f"I think it is about {CANARIES[0]}, sorry"}]},
    {"seat": "late", "kind": "classify", "steps": [{"hang": True}]},
    {
        "seat": "overcharging",
        "kind": "classify",
        "steps": [{"text": _ANSWER, "usage": {"input_tokens": 20, "output_tokens": 250}}],
    },
]


class Episodes:
    """Drives a stack, and files what is written under the episode that runs."""

    def __init__(self, stack: LocalStack, run: ObservedRun) -> None:
        self.stack, self.run = stack, run
        self._log = stack.home / "atomic.log"
        self._read = 0
        self._count = 0

    @contextmanager
    def episode(self, name: str, *seats: str) -> Iterator[None]:
        """While it lasts only `seats` classify; the other kinds have seats of their own."""
        for seat in SEATS:
            if seat.engine == "scripted":
                self.stack.ledger.set_status(seat.seat_id, "active" if seat.seat_id in seats else "retired")
        self.take("between")
        yield
        self.take(name)

    def take(self, name: str) -> None:
        """File the lines written since the last time."""
        written = self._log.read_bytes() if self._log.exists() else b""
        new, self._read = written[self._read :], len(written)
        self.run.lines.setdefault(name, []).extend(json.loads(line) for line in new.splitlines())

    def classify(self, number: int = _CALLS, jobs: int = 1) -> list[TaskReport]:
        """Submit small documents that are one lot each."""
        self._count += number
        documents = [
            {
                "subject": "Opening hours",
                "text": f"When does shop {n} open? {CANARIES[1]}",
                "sender": "Ada",
                "options": {"kinds": ["classify"]},
            }
            for n in range(self._count - number, self._count)
        ]
        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(lambda each: self.stack.submit(json.dumps(each).encode(), "small"), documents))


def _inbox(episodes: Episodes) -> None:
    run, stack = episodes.run, episodes.stack
    canaries = {f"canary-{n}.eml": _CANARY_MAIL.format(*CANARIES, n=n).encode() for n in range(2)}
    mails = {name: raw for name, raw in read_sources(INBOX) if isinstance(raw, bytes)} | canaries
    run.documents = mails
    reports = [stack.submit(raw, name) for name, raw in mails.items()]
    first = next(report for report in reports if report.status == "done" and report.lots)
    run.task_id = str(first.task_id)
    lot = next(lot for lot in first.lots if lot.kind == "classify")
    stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=lot.lot_id, corrected=_ANSWER | {"label": "invoice"}))
    for report in reports[:8]:
        for answered in report.lots:
            if answered.status == "done" and answered.lot_id != lot.lot_id:
                stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=answered.lot_id, reward=0.9))
    _approvals(stack, mails)
    assert stack.submit(b"{not JSON", "broken").status == "refused"
    stack.seal()
    stack.replay(ReplayRequest(tenant=stack.tenant, policies=("greedy",)))
    stack.maintain()
    erase(stack.market, stack.tenant, "ida.canary@secret.example", "a test")


def _approvals(stack: LocalStack, mails: dict[str, bytes]) -> None:
    """One draft that a person approves, and one that nobody looks at until it expires."""
    options = TaskOptions(approval=ApprovalTerms())
    for n in (7, 8):
        mails[f"canary-{n}.eml"] = _CANARY_MAIL.format(*CANARIES, n=n).encode()
        report = stack.submit(mails[f"canary-{n}.eml"], "canary", options)
        assert report.status == "awaiting_approval"
        for approval in stack.ledger.approvals_of(stack.tenant, TaskId(str(report.task_id))):
            if n == 7:
                decide(stack.market, workflows(), stack.tenant, approval.approval_id, "approved", "Ada")
        conclude_approval.handler({"tenant": stack.tenant, "task_id": report.task_id}, None)


def _feedback(stack: LocalStack, reports: Sequence[TaskReport]) -> None:
    for report in reports:
        stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=report.lots[0].lot_id, reward=0.0))


def _stale(stack: LocalStack, age_ms: int) -> None:
    """A hold placed and an award made `age_ms` ago by somebody who never came back; nothing was sealed since."""
    world = World(stack.ledger, TenantId("stale"))
    then = stack.market.clock() - age_ms
    record = world.auction(world.lots(1)[0])
    assert record.award is not None
    assert stack.ledger.place_hold(world.tenant, record.award.hold_id, record.award.hold_micros, then)
    stack.ledger.record_auction(world.tenant, record, then)


def _causes(episodes: Episodes) -> dict[str, Callable[[], object]]:
    """What happens in each episode, and the only seats that classify meanwhile."""
    stack, classify = episodes.stack, episodes.classify
    return {
        "concentration:steady": lambda: (classify(20), stack.maintain()),
        "healthy:steady": lambda: _inbox(episodes),
        "budget:steady": lambda: _spent(stack, classify),
        "boastful:boastful": lambda: _feedback(stack, classify()),
        "overcharging:overcharging": lambda: classify(jobs=_CALLS),
        "throttled:throttled": lambda: classify(jobs=_CALLS),  # before its circuit opens
        "illiterate:illiterate": classify,
        "late:late": lambda: classify(jobs=_CALLS),
        "nobody:": classify,
        "misconfigured:unscripted": lambda: classify(1),
        "broken_payload:steady": lambda: _broken_payload(stack, classify(1)[0]),
        "stale:steady": lambda: (_stale(stack, 40 * 60_000), _sweep()),
        "stranded:steady": lambda: (_stale(stack, 0), stack.maintain()),
        "forged_anchor:steady": lambda: _forged_anchor(stack),
        "unknown_document:steady": lambda: _unknown_document(episodes),
        "silence:": lambda: None,
    }


def _sweep() -> None:
    maintain_ledger.handler({"duty": "sweep"}, None)


def _broken_payload(stack: LocalStack, report: TaskReport) -> None:
    lot = report.lots[0].lot_id
    stack.market.documents.put(f"tenants/{stack.tenant}/lots/{lot}.json", f"not JSON: {CANARIES[2]}".encode())
    with suppress(ValueError):
        open_auction.handler({"tenant": stack.tenant, "lot_id": lot, "attempt": 9}, None)


def _spent(stack: LocalStack, classify: Callable[..., object]) -> None:
    before = stack.ledger.budget(stack.tenant)
    stack.ledger.set_budget(stack.tenant, before.spent_micros + 1)
    classify(2)
    _sweep()
    stack.ledger.set_budget(stack.tenant, before.limit_micros)


def _forged_anchor(stack: LocalStack) -> None:
    anchors = stack.home / "anchors.jsonl"
    kept = anchors.read_bytes()
    later = json.loads(kept.splitlines()[-1])
    later["receipt"]["batch"] += 7
    anchors.write_bytes(kept + json.dumps(later).encode() + b"\n")
    with suppress(Exception):
        stack.seal()
    anchors.write_bytes(kept)


def _unknown_document(episodes: Episodes) -> None:
    """An execution that fails at its first step: there is no such document."""
    stack = episodes.stack
    request = {"tenant": stack.tenant, "document_key": "nowhere", "source": "x", "owner": "x", "options": {}}
    options = TaskOptions().model_dump(mode="json")
    result = stack._run("process_task", {**request, "options": options}, "00000000")
    episodes.run.executions.setdefault("unknown_document", []).append(result.status)


@pytest.fixture(scope="session")
def observed() -> Iterator[ObservedRun]:
    """The run, made once; its spans went to a collector of the test's own, by OTLP."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-observed-"))
    folder.chmod(0o755)  # the server may run as another user
    try:
        yield watched(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def watched(folder: Path) -> ObservedRun:
    """Run every episode in a home in `folder`."""
    script = folder / "script.json"
    script.write_text(json.dumps(_SCRIPT))
    run = ObservedRun()
    with pytest.MonkeyPatch.context() as patch, collecting(run.exported) as endpoint:
        patch.setenv("ATOMIC_TRACES", "otlp")
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        with LocalStack(folder / "home", seats=SEATS, script=script, budget_micros=50_000_000) as stack:
            episodes = Episodes(stack, run)
            for name, cause in _causes(episodes).items():
                episode, _, seats = name.partition(":")
                with episodes.episode(episode, *seats.split(",")):
                    cause()
        episodes.take("closing")
    run.texts = {path.name: path.read_text(errors="replace") for path in (folder / "home").rglob("*.log*")}
    run.spans = [span for body in run.exported for span in spans_of(body)]
    return run
