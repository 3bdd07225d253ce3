"""Seats that answer later: a worker on premises and a person, on real state machines."""

import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bidding.adapters.scripted import Line, ScriptedEngine, Step
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.records import RoundHistory
from stacks.local.remote.client import Api
from stacks.local.stack import LocalStack
from stacks.local.web.gate import Gate
from stacks.local.web.server import bind, server_of, serving
from stacks.local.worker import Worker
from tests.api.conftest import TASK, scripted_seat, settled
from tests.api.requests import Client

MEMBER, WORKER = Client(), Client(roles="worker")
RIGHT = json.dumps({"label": "question", "confidence": 0.8})
SEATS = ["office/a", "office/b"]


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """A market of two workers on premises, who classify, and a person, who extracts."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-deferred-"))
    folder.chmod(0o755)
    base = replace(scripted_seat(), engine="worker", timeout_ms=3_600_000, kinds=frozenset({"classify"}))
    workers = [replace(base, seat_id=SeatId(name), model=name) for name in SEATS]
    person = replace(base, seat_id=SeatId("ada"), model="ada", engine="human", kinds=frozenset({"extract"}))
    with LocalStack(folder / "home", seats=[*workers, person]) as opened:
        yield opened
    shutil.rmtree(folder, ignore_errors=True)


def submit(kind: str = "classify", deadline_ms: int = 30_000) -> str:
    output = {"classify": "classification.v1", "extract": "extraction.v1"}[kind]
    terms = {"output": output, "value_micros": 500, "price_ceiling_micros": 5_000, "deadline_ms": deadline_ms}
    task = TASK | {"text": f"We met Ada on 2026-03-10. {uuid.uuid4()}", "reply": False}
    body = {"task": task, "options": {"kinds": [kind], "terms": {kind: terms}}}
    answer = MEMBER.call("POST", "/tasks", body)
    assert answer.status == 202, answer.body
    return str(answer.body["submission_id"])


def taken(worker: str = "w1") -> dict[str, Any]:
    """The next lot for a worker, once there is one."""
    for _ in range(200):
        work: dict[str, Any] = WORKER.call("POST", "/work", {"seats": SEATS, "worker": worker}).body
        if work["award_id"]:
            return work
        time.sleep(0.05)
    raise TimeoutError("no work came")


def reply(award_id: str, worker: str = "w1", **said: Any) -> Any:
    return WORKER.call("POST", f"/work/{award_id}/answer", {"worker": worker, **said})


def rounds_of(stack: LocalStack, task_id: str) -> list[RoundHistory]:
    lot = MEMBER.call("GET", f"/tasks/{task_id}").body["lots"][0]["lot_id"]
    return list(stack.ledger.history(stack.tenant, LotId(lot)).rounds)


def test_a_worker_answers_by_its_token(stack: LocalStack) -> None:
    """It is handed the whole job, beats, and its answer lets the task go on; it is paid for its tokens."""
    submission = submit()
    work = taken()
    assert work["job"]["kind"] == "classify"
    assert "2026-03-10" in work["job"]["payload"]["text"]
    assert WORKER.call("POST", f"/work/{work['award_id']}/heartbeat", {"worker": "w1"}).body["status"] == "working"
    said = reply(work["award_id"], text=RIGHT, usage={"input_tokens": 40, "output_tokens": 10})
    assert said.body["status"] == "succeeded"
    [past] = rounds_of(stack, settled(MEMBER, submission))
    assert past.award is not None
    assert past.settlement is not None
    assert (past.award.seat_id, past.settlement.amount_micros) == (work["seat_id"], 5)
    assert stack.ledger.conservation(stack.tenant).open_holds == 0
    again = reply(work["award_id"], text="late", usage={"input_tokens": 1, "output_tokens": 1})
    assert again.body["status"] == "succeeded", "the first answer stands"


def test_a_bad_answer_goes_to_the_next_in_line(stack: LocalStack) -> None:
    """An answer that is not of its type fails its seat, and the other worker gets the lot in the next round."""
    submission = submit()
    first = taken()
    bad = reply(first["award_id"], text="no json at all", usage={"input_tokens": 1, "output_tokens": 1})
    assert (bad.body["status"], bad.body["reason"]) == ("failed", "invalid")
    second = taken()
    assert second["seat_id"] != first["seat_id"]
    reply(second["award_id"], text=RIGHT, usage={"input_tokens": 1, "output_tokens": 1})
    rounds = rounds_of(stack, settled(MEMBER, submission))
    assert [past.completion.status for past in rounds if past.completion] == ["failed", "succeeded"]
    assert [past.round for past in rounds] == [1, 2]


def test_a_worker_that_was_started_again_goes_on(stack: LocalStack) -> None:
    """Under its own name it is given its lot again; another worker is not given it, and may not answer it."""
    submission = submit()
    work = taken("w1")
    assert taken("w1")["award_id"] == work["award_id"]
    assert WORKER.call("POST", "/work", {"seats": SEATS, "worker": "w2"}).body["award_id"] is None
    assert reply(work["award_id"], "w2", text=RIGHT).status == 409
    assert WORKER.call("POST", f"/work/{work['award_id']}/heartbeat", {"worker": "w2"}).status == 409
    assert WORKER.call("POST", f"/work/{work['award_id']}/answer", {"text": RIGHT}).status == 403
    reply(work["award_id"], text=RIGHT, usage={"input_tokens": 1, "output_tokens": 1})
    settled(MEMBER, submission)


def test_nobody_answers(stack: LocalStack) -> None:
    """A hold that nobody took is given back on expiry; one that a worker took and left is settled in full."""
    submission = submit(deadline_ms=3_000)
    left = taken("gone")
    shown = MEMBER.call("GET", f"/tasks/{settled(MEMBER, submission, seconds=60)}").body
    assert shown["status"] == "failed"
    rounds = rounds_of(stack, shown["task_id"])
    ends = [(past.settlement.kind, past.settlement.amount_micros) for past in rounds if past.settlement]
    assert rounds[0].award is not None
    assert ends == [("settled", rounds[0].award.hold_micros), ("voided", 0)]
    assert stack.ledger.conservation(stack.tenant).open_holds == 0
    assert reply(left["award_id"], "gone", text=RIGHT).body["status"] == "failed"


def test_a_person_answers(stack: LocalStack) -> None:
    """A person sees the lot with its text and fills the answer in; one that does not fit is told so at once."""
    submission = submit("extract")
    for _ in range(200):
        if waiting := [each for each in MEMBER.call("GET", "/work").body["lots"] if each["seat_id"] == "ada"]:
            break
        time.sleep(0.05)
    [lot] = waiting
    path = f"/work/{lot['award_id']}/answer"
    assert MEMBER.call("POST", path, {"output": {"nobody": 1}}).status == 422
    output = {"people": [{"name": "Ada", "span": "Ada"}], "dates": [{"date": "2026-03-10", "span": "2026-03-10"}]}
    assert MEMBER.call("POST", path, {"output": output}).body["status"] == "succeeded"
    shown = MEMBER.call("GET", f"/tasks/{settled(MEMBER, submission)}").body
    assert (shown["status"], shown["result"]["lots"][0]["winner"]) == ("done", "ada")


def test_the_worker_program_works_over_http(stack: LocalStack) -> None:
    """The loop of `atomic worker` takes a lot, lets an engine of its own machine do it, and answers."""
    submission = submit()
    engine = ScriptedEngine([Line("any", "classify", (Step(text=RIGHT),))])
    address = bind("127.0.0.1", 0)
    gate = Gate("127.0.0.1", tokens={"for-workers": "worker"})
    headers = {"Authorization": "Bearer for-workers"}
    with (
        serving(server_of(gate, TenantId("default")), address),
        httpx.Client(base_url=address.url, headers=headers) as http,
    ):
        worker = Worker(Api(http), "loop", SEATS, scripted_seat("own/any"), engine)
        told: list[str] = []
        for _ in range(100):
            if worker.do_next(told.append):
                break
            time.sleep(0.05)
    assert told[0].endswith("succeeded")
    assert MEMBER.call("GET", f"/tasks/{settled(MEMBER, submission)}").body["status"] == "done"
    [call] = engine.calls
    assert "2026-03-10" in call.job.payload.text
