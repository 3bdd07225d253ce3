"""A sender is forgotten: nothing of theirs is left in the home, and the ledger is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from bidding.services.erasure import erase
from schemas.execution import FeedbackRequest
from schemas.terms import TaskOptions
from stacks.local.postgres.binaries import locate_binaries, server_user
from stacks.local.stack import LocalStack

KINDS = ("classify", "extract", "summarise", "draft")
ADDRESS = "ada.lovelace@engine.example"
SECRET = "Xylophonequartett"
MAIL = f"""From: Ada Lovelace <{ADDRESS}>
To: shop@example.com
Subject: About the {SECRET}
Message-ID: <1.{ADDRESS}>
Date: Mon, 02 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Please send the {SECRET} by Monday, for 49.00 USD. Could you?
--b
Content-Type: text/plain; name="{SECRET}.txt"
Content-Disposition: attachment; filename="{SECRET}.txt"

The {SECRET} of 12 March costs 12.00 EUR.
--b--
"""
OTHER = """From: bob@example.net
Subject: Hello
Message-ID: <2@example.net>
Date: Mon, 02 Mar 2026 11:00:00 +0000

Do you open on Sunday?
"""
ANSWERS = {
    "classify": {"label": "request", "confidence": 0.9},
    "extract": {"people": [], "dates": [], "amounts": [], "asks": [{"ask": f"send the {SECRET}", "span": SECRET}]},
    "summarise": {"summary": f"Ada Lovelace wants the {SECRET}."},
    "draft": {"body": f"Dear Ada Lovelace, the {SECRET} is on its way."},
}
LEDGER = (
    "auctions",
    "bids",
    "awards",
    "holds",
    "settlements",
    "executions",
    "completions",
    "outcomes",
    "task_keys",
    "lots",
)


@pytest.fixture
def stack(home: Path, tmp_path: Path) -> Iterator[LocalStack]:
    """A home with one scripted seat that repeats what the mail said."""
    script = tmp_path / "script.json"
    lines = [{"seat": "any", "kind": kind, "steps": [{"text": json.dumps(each)}]} for kind, each in ANSWERS.items()]
    script.write_text(json.dumps(lines))
    prices = PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000)
    seat = Seat(SeatId("scripted/0"), "scripted", "any", frozenset(KINDS), "on_host", prices, demonstrations=2)
    with LocalStack(home, seats=[seat], script=script) as opened:
        yield opened


def dump(dsn: str, folder: Path) -> bytes:
    program = locate_binaries(server_user(), folder).folder / "pg_dump"
    return subprocess.run([str(program), "--inserts", dsn], check=True, capture_output=True).stdout


def found(stack: LocalStack, dsn: str, folder: Path) -> set[str]:
    """Where the sender's name, address or words can still be read: files of the home, or the dump."""
    needles = [each.encode() for each in (SECRET, ADDRESS, "Lovelace")]
    places = {
        str(path.relative_to(stack.home))
        for path in stack.home.rglob("*")
        if path.is_file() and "postgres" not in path.parts[len(stack.home.parts) :][0]
        if any(needle in path.read_bytes() for needle in needles)
    }
    return places | ({"dump"} if any(needle in dump(dsn, folder) for needle in needles) else set())


def counts(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        rows = {table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in LEDGER}
    return {table: row[0] for table, row in rows.items() if row}


def test_nothing_of_a_sender_is_left(stack: LocalStack, tmp_path: Path) -> None:
    """No byte of name, address or text is left in a full dump or in the store; all ledger rows are."""
    dsn = stack._server.acquire()
    report = stack.submit(MAIL.encode(), f"mails of {ADDRESS}")
    stack.submit(OTHER.encode(), "other.eml", TaskOptions(kinds=frozenset({"classify"})))
    lot = next(each for each in report.lots if each.kind == "extract")
    stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=lot.lot_id, reward=1.0))
    stack.submit(b"not a mail but by " + ADDRESS.encode(), "broken.txt")
    before, money = counts(dsn), stack.ledger.conservation(stack.tenant)
    places = found(stack, dsn, tmp_path)
    assert "dump" in places
    assert len(places) > 5

    erasure = erase(stack.market, stack.tenant, ADDRESS.title(), erased_by="operator")

    assert found(stack, dsn, tmp_path) == set()
    assert counts(dsn) == before
    assert stack.ledger.conservation(stack.tenant) == money
    assert len(erasure.task_ids) == 2
    assert stack.ledger.erasures(stack.tenant) == [erasure]
    [other] = stack.ledger.tasks(stack.tenant, "done")
    assert other.source == "other.eml"
    assert b"Sunday" in stack.market.documents.get(other.document_key)


def test_an_erased_mail_is_not_taken_in_again(stack: LocalStack) -> None:
    """The same document is refused as erased; a second erasure finds nothing of the sender."""
    stack.submit(MAIL.encode(), "mail.eml")
    erase(stack.market, stack.tenant, ADDRESS, erased_by="operator")
    again = stack.submit(MAIL.encode(), "mail.eml")
    assert (again.status, again.lots) == ("refused", ())
    with pytest.raises(UnknownRecord, match="no task of this sender"):
        erase(stack.market, stack.tenant, ADDRESS, erased_by="operator")
