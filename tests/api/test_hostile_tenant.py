"""A hostile tenant knows every id of another's, and tries every route with them."""

import json
import re
import uuid
from typing import Any

import pytest

from lambdas import openapi
from stacks.local.stack import LocalStack
from tests.api.conftest import TASK, settled
from tests.api.requests import Client

SECRET = "only-for-the-victim"
VICTIM, MALLORY = Client(), Client(tenant="mallory", roles="member,admin,worker")
OPERATORS = {("POST", "/seats"), ("PATCH", "/seats")}


class Attack:
    """The victim's ids, and what Mallory sends to a route."""

    def __init__(self) -> None:
        submitted = VICTIM.call("POST", "/tasks", {"task": TASK | {"text": SECRET}, "source": SECRET})
        self.submission_id = submitted.body["submission_id"]
        self.task_id = settled(VICTIM, self.submission_id)
        self.lot_id = VICTIM.call("GET", f"/tasks/{self.task_id}").body["lots"][0]["lot_id"]
        self.upload_id = VICTIM.call("POST", "/uploads").body["upload_id"]
        self.replay_id = "replay-of-the-victim"
        asked = {"task": TASK | {"text": f"When does {SECRET} open?"}, "options": {"approval": {}}, "source": SECRET}
        settled(VICTIM, VICTIM.call("POST", "/tasks", asked).body["submission_id"])
        self.approval_id = VICTIM.call("GET", "/approvals").body["open"][0]["approval_id"]

    award_id = str(uuid.uuid4())
    name = "victim.js"

    def bodies(self) -> dict[tuple[str, str], Any]:
        return {
            ("POST", "/tasks"): {"upload_id": self.upload_id},
            ("POST", "/mails"): b"Subject: x\n\nmine",
            ("POST", "/work"): {"seats": ["good/one"], "worker": "mallory"},
            ("POST", "/work/{award_id}/heartbeat"): {"worker": "mallory"},
            ("POST", "/work/{award_id}/answer"): {"worker": "mallory", "text": "{}"},
            ("POST", "/approvals/{approval_id}"): {"verdict": "rejected"},
            ("POST", "/lots/{lot_id}/feedback"): {"reward": 0.0},
            ("POST", "/seats"): {
                "seat_id": "good/one", "engine": "scripted", "model": "evil", "kinds": ["draft"],
                "location": "on_host", "prices": {},
            },
            ("PATCH", "/seats"): {"seat_id": "good/one", "status": "retired"},
            ("PUT", "/money/budgets"): {"limit_micros": 7},
            ("POST", "/replays"): {"policies": ["random"]},
        }  # fmt: skip

    def path(self, template: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: str(getattr(self, found[1])), template)


OPEN = {"/health", "/", "/page/{name}"}
"""The same for everybody."""


def operations() -> list[tuple[str, str]]:
    paths = openapi.document()["paths"].items()
    return [(method.upper(), path) for path, found in paths for method in found]


@pytest.fixture(scope="module")
def attack(stack: LocalStack) -> Attack:
    """A victim with a task, an upload and a replay's report."""
    made = Attack()
    stack.market.documents.put(f"tenants/default/uploads/{made.upload_id}", SECRET.encode())
    report = json.dumps({"policies": [], "version": 1}).encode()
    stack.market.documents.put(f"tenants/default/replays/{made.replay_id}/report.json", report)
    return made


def everything(attack: Attack) -> list[Any]:
    """All that the victim can see of its own."""
    paths = ["/tasks", f"/tasks/{attack.task_id}", f"/lots/{attack.lot_id}", "/money", "/seats", "/approvals"]
    return [VICTIM.call("GET", path).body for path in paths]


@pytest.mark.parametrize(("method", "template"), operations(), ids=str)
def test_no_route_reaches_another_tenant(attack: Attack, method: str, template: str) -> None:
    """Whatever route it tries with the victim's ids, it sees nothing of the victim and changes nothing of it."""
    before = everything(attack)
    forged = {"X-Tenant": "default", "custom:tenant": "default", "Idempotency-Key": str(uuid.uuid4())}
    query = "tenant=default&custom:tenant=default"
    answer = MALLORY.call(method, attack.path(template), attack.bodies().get((method, template)), query, **forged)

    assert SECRET not in json.dumps(answer.body)
    if "{" in template:
        assert answer.status == 404, answer.body
    else:
        assert attack.task_id not in json.dumps(answer.body)
    if (method, template) in OPERATORS:
        assert answer.status == 403
    assert everything(attack) == before


UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
QUERIES = {"/statistics/picture": "name=shares"}
OVERVIEWS = [
    path
    for method, path in operations()
    if method == "GET" and "{" not in path and path not in {"/receipts", "/work"} | OPEN
]
"""What shows a tenant its own; of receipts and deferred lots the victim has none."""


@pytest.mark.parametrize("path", OVERVIEWS)
def test_figures_are_those_of_the_tenant_who_asks(attack: Attack, path: str) -> None:
    """Sums and shares hold no word of a task: who has nothing is told what anybody is who has nothing."""
    fresh = [Client(tenant=f"fresh-{uuid.uuid4().hex[:8]}", roles="member,admin") for _ in range(2)]
    told = [each.call("GET", path, None, QUERIES.get(path, "")) for each in fresh]
    of_victim = VICTIM.call("GET", path, None, QUERIES.get(path, ""))
    assert [answer.status for answer in (*told, of_victim)] == [200] * 3
    first, second, victim = (re.sub(UUID, "id", json.dumps(answer.body)) for answer in (*told, of_victim))
    assert first == second
    assert first != victim, f"the victim {attack.task_id} has something to be seen"


def test_forged_claims_in_the_body_are_refused(attack: Attack) -> None:
    """A tenant inside a body is an unknown field, not a tenant."""
    answer = MALLORY.call("POST", "/tasks", {"task": {"text": "x"}, "tenant": "default"})
    assert answer.status == 422


def test_a_worker_sees_no_tasks(attack: Attack) -> None:
    """The token of a worker is good for deferred lots and for nothing else."""
    worker = Client(roles="worker")
    for method, template in operations():
        if template not in OPEN and not template.startswith("/work"):
            query = QUERIES.get(template, "")
            answer = worker.call(method, attack.path(template), attack.bodies().get((method, template)), query)
            assert answer.status == 403, (method, template, answer.body)
