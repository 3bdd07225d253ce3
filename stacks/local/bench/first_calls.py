"""What a function takes from its start to its first answer, in a process of its own and as it is shipped.

A task goes through the real state machines; every function they call is started anew, on the interpreter and in the
package that Lambda would have. The ledger is a real server, objects are read and written over HTTP, seats are scripted.
Signing in at the ledger by a token is not in it: see `SIGNING_IN`.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from schemas.execution import FeedbackRequest
from stacks.local.aws.functions import Handler
from stacks.local.aws.object_store import ObjectStore
from stacks.local.machines import snake
from stacks.local.stack import LocalStack

CpuMs = tuple[float, float]
"""Processor time until the module was imported, and until the first answer was there."""

_CHILD = """
import json, sys, time
from importlib import import_module
event, began = json.load(sys.stdin), time.process_time()
handler = import_module(sys.argv[1]).handler
imported = time.process_time()
answer = handler(event, None)
print("\\n" + json.dumps([1000 * (imported - began), 1000 * (time.process_time() - began), answer]))
"""
SIGNING_IN = """
import os, time
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_REGION="eu-central-1")
from bidding.adapters.postgres import login
began = time.process_time()
login.connection_parameters("postgresql+iam://ledger_app@ledger.example:5432/ledger")
print(1000 * (time.process_time() - began))
"""
"""Processor time of the token by which a function signs in at RDS, its imports included."""
_SEAT = Seat(SeatId("seat"), "scripted", "m", frozenset({"classify", "draft"}), "on_host", PriceList(5_000))
_ANSWERS = {"classify": {"label": "question", "confidence": 0.9}, "draft": {"body": "We open at nine. Kind regards"}}


def measure_first_calls(python: str, package: Path, folder: Path, tasks: int) -> dict[str, list[CpuMs]]:
    """Run tasks, and feedback on them, with every function started anew for every call; figures by module."""
    script = folder / "script.json"
    lines = [{"seat": "m", "kind": kind, "steps": [{"text": text}]} for kind, text in _ANSWERS.items()]
    script.write_text(json.dumps(lines))
    taken: dict[str, list[CpuMs]] = defaultdict(list)
    place: dict[str, str] = {}

    def anew(name: str, _: Handler) -> Handler:
        def run(event: Any, context: Any) -> Any:  # noqa: ARG001
            module = f"lambdas.{snake(name)}"
            command = [python, "-c", _CHILD, module]
            ran = subprocess.run(
                command,
                check=False,
                input=json.dumps(event),
                cwd=package,
                env={**os.environ, **place},
                capture_output=True,
                text=True,
            )
            if ran.returncode:
                raise RuntimeError(ran.stderr[-2_000:])
            imported, answered, answer = json.loads(ran.stdout.splitlines()[-1])
            taken[module].append((imported, answered))
            return answer

        return run

    home = folder / "home"
    with _objects(ObjectStore(home / "objects")) as address:
        place |= {"AWS_ENDPOINT_URL_S3": address, "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}
        with LocalStack(home, seats=[_SEAT], script=script, observe=anew) as stack:
            for number in range(tasks):
                document = {"text": f"When does shop {number} open?", "reply": True, "options": {"kinds": ["classify"]}}
                report = stack.submit(json.dumps(document).encode(), "bench")
                if report.status != "done":
                    raise RuntimeError(f"the task did not end well: {report}")
                stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=report.lots[0].lot_id, reward=1.0))
    return taken


@contextmanager
def _objects(store: ObjectStore) -> Iterator[str]:
    """The address of an S3 that reads and writes single objects of the store."""

    class Objects(BaseHTTPRequestHandler):
        def _path(self) -> Path:
            bucket, _, key = unquote(self.path.partition("?")[0]).lstrip("/").partition("/")
            return store.path(bucket, key)

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = self._path()
            self._answer(200, path.read_bytes()) if path.is_file() else self._answer(404)

        def do_PUT(self) -> None:
            path = self._path()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(200)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Objects)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
