"""The routes of the API on a real ledger and real state machines."""

import base64
import time
import uuid
from pathlib import Path

import httpx
import pytest

from bidding.domain.errors import LedgerUnavailable
from bidding.domain.ids import TenantId
from stacks.local.stack import LocalStack
from stacks.local.web.gate import Gate
from stacks.local.web.server import bind, server_of, serving
from tests.api.conftest import TASK, settled
from tests.api.requests import Client

MAIL = (Path(__file__).parents[2] / "examples" / "inbox" / "03-meeting-scheduling.eml").read_bytes()
MEMBER, ADMIN, OPERATOR = (Client(roles=role) for role in ("member", "admin", "operator"))
SEAT = {
    "seat_id": "new/one", "engine": "scripted", "model": "any", "kinds": ["classify"], "location": "on_host",
    "prices": {"input_micros_per_mtok": 5},
}  # fmt: skip


@pytest.fixture(scope="module")
def task_id(stack: LocalStack) -> str:
    """A task that was handed in and done."""
    submitted = MEMBER.call("POST", "/tasks", {"task": TASK, "source": "test"})
    assert (submitted.status, submitted.body["status"]) == (202, "accepted")
    return settled(MEMBER, submitted.body["submission_id"])


def test_a_task_is_done_and_shown_with_its_lots(task_id: str) -> None:
    """What was handed in is worked on after the answer, and shows its lots and its result."""
    shown = MEMBER.call("GET", f"/tasks/{task_id}").body
    assert (shown["status"], shown["source"]) == ("done", "test")
    assert [(lot["kind"], lot["status"]) for lot in shown["lots"]] == [("classify", "done"), ("draft", "done")]
    assert shown["result"]["lots"][0]["output"] == {"label": "question", "confidence": 0.9}


def test_a_lot_explains_itself(task_id: str) -> None:
    """The explanation has every number and the sentences made of them; feedback on it stands from then on."""
    lot_id = MEMBER.call("GET", f"/tasks/{task_id}").body["lots"][0]["lot_id"]
    told = MEMBER.call("GET", f"/lots/{lot_id}").body
    [first] = told["rounds"]
    assert first["award"]["seat_id"] == first["bids"][0]["seat_id"] == "good/one"
    assert first["settlement"]["amount_micros"] == first["completion"]["cost_micros"] > 0
    assert "good/one won" in told["sentences"][0]

    judged = MEMBER.call("POST", f"/lots/{lot_id}/feedback", {"corrected": {"label": "meeting", "confidence": 1.0}})
    assert judged.body == {"lot_id": lot_id, "reward": 0.0}
    assert MEMBER.call("GET", f"/lots/{lot_id}").body["rounds"][0]["outcomes"][-1]["source"] == "human"


def test_a_mail_is_taken_as_it_is(stack: LocalStack) -> None:
    """A mail as the body, in base64, or uploaded before: the same content is the same task."""
    as_it_is = MEMBER.call("POST", "/mails", MAIL, query="kinds=classify").body["submission_id"]
    task_id = settled(MEMBER, as_it_is)
    in_base64 = MEMBER.call("POST", "/tasks", {"mail": base64.b64encode(MAIL).decode()}).body["submission_id"]
    assert settled(MEMBER, in_base64) == task_id

    offered = MEMBER.call("POST", "/uploads").body
    assert offered["put_url"] == f"http://here/uploads/{offered['upload_id']}"
    assert MEMBER.call("POST", "/tasks", {"upload_id": offered["upload_id"]}).status == 404
    stack.market.documents.put(f"tenants/default/uploads/{offered['upload_id']}", MAIL)
    uploaded = MEMBER.call("POST", "/tasks", {"upload_id": offered["upload_id"]}).body["submission_id"]
    assert settled(MEMBER, uploaded) == task_id


def test_an_idempotency_key_starts_one_submission(task_id: str) -> None:
    """The same request under the same key is the same submission; another one under it is refused."""
    request = {"task": TASK | {"text": f"again {uuid.uuid4()}"}}
    first = MEMBER.call("POST", "/tasks", request, Idempotency_Key="k1").body
    again = MEMBER.call("POST", "/tasks", request, Idempotency_Key="k1").body
    assert again["submission_id"] == first["submission_id"]
    settled(MEMBER, first["submission_id"])

    other = MEMBER.call("POST", "/tasks", {"task": TASK}, Idempotency_Key="k1")
    assert (other.status, other.body["type"]) == (409, "urn:atomic:problem:Conflict")


def test_tasks_come_in_pages(task_id: str) -> None:
    """Following `next` visits every task once, newest first."""
    seen, after = [], ""
    while True:
        page = MEMBER.call("GET", "/tasks", query=f"limit=1{after}").body
        seen += [task["task_id"] for task in page["tasks"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == sorted(set(seen), reverse=True)
    assert task_id in seen
    assert MEMBER.call("GET", "/tasks", query="status=failed").body == {"tasks": [], "next": None}


def test_a_refused_document_says_why(stack: LocalStack) -> None:
    """A document that is no task ends as refused, with its reason."""
    submitted = MEMBER.call("POST", "/mails", b"\x00\x01").body["submission_id"]
    shown = MEMBER.call("GET", f"/tasks/{settled(MEMBER, submitted)}").body
    assert shown["status"] == "refused"
    assert shown["reason"]


def test_the_operator_adds_and_retires_seats(stack: LocalStack) -> None:
    """A seat bids from the next auction on and is retired by name; a wrong one is refused in a sentence."""
    assert OPERATOR.call("POST", "/seats", SEAT).status == 201
    retired = OPERATOR.call("PATCH", "/seats", {"seat_id": "new/one", "status": "retired"})
    assert retired.body["status"] == "retired"
    assert [seat["seat_id"] for seat in MEMBER.call("GET", "/seats").body["seats"]] == ["good/one", "new/one"]

    wrong = OPERATOR.call("POST", "/seats", SEAT | {"engine": "crystal_ball"})
    assert (wrong.status, wrong.headers["Content-Type"]) == (422, "application/problem+json")
    assert "engine" in wrong.body["detail"]


def test_the_admin_sets_budgets(stack: LocalStack) -> None:
    """A limit is set and shown with what is left; one below what is spent is a conflict."""
    limit = {"limit_micros": 1_000_000, "scope": "mail", "window": "day"}
    money = ADMIN.call("PUT", "/money/budgets", limit).body
    assert money["budgets"][-1]["left_micros"] + money["budgets"][-1]["spent_micros"] == 1_000_000
    assert ADMIN.call("PUT", "/money/budgets", {"limit_micros": 0}).status == 409


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/seats", SEAT),
        ("PATCH", "/seats", {"seat_id": "good/one", "status": "retired"}),
        ("PUT", "/money/budgets", {"limit_micros": 1}),
    ],
)
def test_roles_are_asked_for(stack: LocalStack, method: str, path: str, body: dict[str, object]) -> None:
    """What changes the installation or a budget is for its operator or admin: a member is told so."""
    refused = MEMBER.call(method, path, body)
    assert (refused.status, refused.body["type"]) == (403, "urn:atomic:problem:NotAllowed")


def test_a_replay_leaves_its_report(task_id: str) -> None:
    """A replay is started, and its report is found under its id and as the latest."""
    started = MEMBER.call("POST", "/replays", {"policies": ["random"]})
    assert started.status == 202, started.body
    client = Client()
    for _ in range(200):
        report = client.call("GET", f"/replays/{started.body['replay_id']}")
        if report.status == 200:
            break
        assert report.status == 404
        time.sleep(0.05)
    assert client.call("GET", "/replays/latest").body == report.body
    assert MEMBER.call("POST", "/replays", {"policies": ["wishful"]}).status == 422


def test_receipts_come_in_pages(task_id: str, stack: LocalStack) -> None:
    """What is sealed shows its root, link and signature's key."""
    stack.seal()
    page = MEMBER.call("GET", "/receipts", query="limit=1").body
    assert len(page["receipts"][0]["root"]) == 64
    assert page["receipts"][0]["batch"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("DELETE", "/tasks", None, 404),
        ("GET", "/tasks/17", None, 422),
        ("GET", f"/tasks/{uuid.uuid4()}", None, 404),
        ("POST", "/tasks", {"task": TASK, "tenant": "other"}, 422),
        ("POST", "/tasks", {}, 422),
        ("POST", "/mails", b" ", 400),
        ("POST", "/mails", b"x" * 5_000_000, 413),
    ],
)
def test_errors_are_problem_details(stack: LocalStack, method: str, path: str, body: object, status: int) -> None:
    """Every error is a problem with its status, a title, and a sentence."""
    answer = MEMBER.call(method, path, body)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.body["status"] == status
    assert answer.body["title"]
    assert answer.body["detail"]


def test_nobody_is_refused_without_a_tenant(stack: LocalStack) -> None:
    """A request that nobody vouches for gets no further, and a tenant that cannot be one is nobody."""
    for tenant in ("", "../other", "a/b", "x" * 65):
        answer = Client(tenant=tenant).call("GET", "/tasks")
        assert (answer.status, answer.body["type"]) == (401, "urn:atomic:problem:NotSignedIn")


def test_the_same_answers_over_http(task_id: str) -> None:
    """`atomic serve` answers as the function does, with security headers and no word of the server's kind."""
    address = bind("127.0.0.1", 0)
    server = server_of(Gate("127.0.0.1"), TenantId("default"))
    with serving(server, address), httpx.Client(base_url=address.url) as client:
        answer = client.get(f"/tasks/{task_id}")
        assert answer.json() == MEMBER.call("GET", f"/tasks/{task_id}").body
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert client.post("/mails", content=MAIL, headers={"content-type": "message/rfc822"}).status_code == 202
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421


def test_a_ledger_that_is_away_is_a_problem_to_try_again(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operator must see to is a 503 that says no more than when to come back; a bug is a 500."""

    class Broken:
        observer = stack.market.observer

        def __getattr__(self, _: str) -> object:
            raise error

    monkeypatch.setattr("lambdas.routes.tasks.market", Broken)
    error: Exception = LedgerUnavailable("host=secret.example refused")
    away = MEMBER.call("GET", "/tasks")
    assert (away.status, away.headers["Retry-After"]) == (503, "2")
    assert "secret" not in away.body["detail"]
    error = ZeroDivisionError("secret")
    assert MEMBER.call("GET", "/tasks").status == 500


def test_recent_figures_and_their_pictures(task_id: str) -> None:
    """Statistics count the auctions that were held, and every picture is an SVG without a script."""
    figures = MEMBER.call("GET", "/statistics").body
    assert figures["auctions"] >= 2
    assert [seat["seat_id"] for seat in figures["seats"]] == ["good/one"]
    assert figures["seats"][0]["win_share"] == 1.0

    lot_id = MEMBER.call("GET", f"/tasks/{task_id}").body["lots"][0]["lot_id"]
    pictures = [("/statistics/picture", f"name={name}") for name in ("calibration", "spending", "shares")]
    for path, query in [*pictures, (f"/lots/{lot_id}/auction", "round=1")]:
        for theme in ("light", "dark"):
            drawn = MEMBER.call("GET", path, query=f"{query}&theme={theme}")
            assert (drawn.status, drawn.headers["Content-Type"]) == (200, "image/svg+xml")
            assert drawn.body.startswith("<svg")
            assert "<script" not in drawn.body
    assert MEMBER.call("GET", f"/lots/{lot_id}/auction", query="round=3").status == 404


def test_the_page_comes_without_a_tenant() -> None:
    """The page and its files are the same for everybody and forbid all that is not theirs; nothing else is served."""
    page = MEMBER.call("GET", "/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for name, kind in (("main.js", "text/javascript"), ("page.css", "text/css"), ("icon.svg", "image/svg+xml")):
        assert MEMBER.call("GET", f"/page/{name}").headers["Content-Type"].startswith(kind)
    for name in ("nothing.js", "__init__.py", "..%2Fapi.py"):
        assert MEMBER.call("GET", f"/page/{name}").status in {404, 422}
