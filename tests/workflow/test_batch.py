"""Batches through the real state machine: a manifest in the bucket, a Distributed Map, a task each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from schemas.batches import BatchItem, BatchManifest, BatchRequest
from stacks.local.errors import BatchFailed
from stacks.local.stack import LocalStack

SEAT = Seat(
    SeatId("clerk"),
    engine="scripted",
    model="any",
    kinds=frozenset({"classify"}),
    location="on_host",
    prices=PriceList(input_micros_per_mtok=100_000, output_micros_per_mtok=100_000),
)
PAGE = Path(__file__).parents[2] / "docs/how-to/run-a-batch.md"
SCRIPT = [{"seat": "any", "kind": "classify", "steps": [{"text": {"label": "yes", "confidence": 0.9}}]}]
OPTIONS = {"labels": [{"name": "yes"}, {"name": "no"}], "kinds": ["classify"]}


@pytest.fixture
def stack(home: Path) -> Iterator[LocalStack]:
    """A stack whose one seat classifies by a script."""
    script = home.parent / f"{home.name}-script.json"
    script.write_text(json.dumps(SCRIPT))
    with LocalStack(home, seats=[SEAT], script=script) as stack:
        yield stack


def handed_in(stack: LocalStack, batch: str, *, stored: int, missing: int) -> BatchRequest:
    """A manifest of documents that are there, and of some that nobody put there."""
    root = f"tenants/{stack.tenant}"
    items = [BatchItem(document=f"batches/{batch}/{n}.json", source=f"{batch}-{n}") for n in range(stored + missing)]
    for n, item in enumerate(items[:stored]):
        document = json.dumps({"text": f"May we deliver order {n} on Friday?", "options": OPTIONS})
        stack.market.documents.put(f"{root}/{item.document}", document.encode())
    stack.market.documents.put(f"{root}/batches/{batch}.json", BatchManifest(tuple(items)).model_dump_json().encode())
    return BatchRequest(tenant=stack.tenant, batch=batch, owner="tests", tolerated_failure_percentage=0)


def test_every_document_of_a_manifest_is_a_task(stack: LocalStack) -> None:
    """Each task of a batch ends in the ledger; the same batch again does nothing twice."""
    request = handed_in(stack, "june", stored=3, missing=0)

    stack.batch(request)
    money = stack.ledger.conservation(stack.tenant)
    assert money.settled_micros > 0
    assert money.open_holds == 0
    assert [task.status for task in stack.ledger.tasks(stack.tenant)] == ["done"] * 3
    stack.batch(request)

    assert stack.ledger.conservation(stack.tenant) == money


def test_a_batch_tolerates_as_many_failures_as_it_says(stack: LocalStack) -> None:
    """One of four that fails is tolerated at thirty percent and fails the batch at none; the three are done."""
    request = handed_in(stack, "july", stored=3, missing=1)

    with pytest.raises(BatchFailed):
        stack.batch(request)
    stack.batch(request.model_copy(update={"tolerated_failure_percentage": 30}))
    assert sorted(task.status for task in stack.ledger.tasks(stack.tenant))[:3] == ["done"] * 3


def test_what_failed_can_be_run_again(stack: LocalStack) -> None:
    """Once its document is there, the task that failed is done by running the batch again, and only that one."""
    request = handed_in(stack, "august", stored=1, missing=1)
    with pytest.raises(BatchFailed):
        stack.batch(request)

    late = json.dumps({"text": "May we deliver order 7 on Monday?", "options": OPTIONS})
    stack.market.documents.put(f"tenants/{stack.tenant}/batches/august/1.json", late.encode())
    before = stack.ledger.conservation(stack.tenant).settled_micros
    stack.batch(request)
    assert [task.status for task in stack.ledger.tasks(stack.tenant)] == ["done"] * 2
    assert stack.ledger.conservation(stack.tenant).settled_micros == 2 * before


def test_the_files_of_the_how_to_are_a_batch(home: Path) -> None:
    """The manifest and the request of docs/how-to/run-a-batch.md run as they stand, and both its tasks are done."""
    items, request = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))
    manifest, asked = BatchManifest.model_validate(items), BatchRequest.model_validate(request)
    answer = {"label": asked.options.labels[0].name, "confidence": 0.9}
    script = home.parent / f"{home.name}-script.json"
    script.write_text(json.dumps([{"seat": "any", "kind": "classify", "steps": [{"text": answer}]}]))
    mail = b"From: Ada <ada@example.org>\r\nSubject: Hours\r\n\r\nWhen does the shop open on Friday?\r\n"
    documents = {".eml": mail, ".json": b'{"text": "When does the shop open on Monday?"}'}

    with LocalStack(home, tenant=asked.tenant, seats=[SEAT], script=script) as stack:
        for item in manifest.root:
            stored = documents[Path(item.document).suffix]
            stack.market.documents.put(f"tenants/{asked.tenant}/{item.document}", stored)
        key = f"tenants/{asked.tenant}/batches/{asked.batch}.json"
        stack.market.documents.put(key, json.dumps(items).encode())
        stack.batch(asked)
        tasks = stack.ledger.tasks(stack.tenant)

        assert sorted((task.source, task.status) for task in tasks) == [(each.source, "done") for each in manifest.root]
        for task in tasks:
            result = json.loads(stack.market.documents.get(f"tenants/{asked.tenant}/results/{task.task_id}.json"))
            assert [lot["output"]["label"] for lot in result["lots"]] == [answer["label"]]
