"""Real Bedrock from the local stack: model calls leave with a profile's keys, nothing else does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from stacks.local.aws.bedrock_access import BedrockAccess
from stacks.local.errors import AwsProfileUnusable
from stacks.local.stack import LocalStack

PROFILE = """
[profile market]
region = eu-central-1
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = secret
services = local
[services local]
bedrock_runtime =
  endpoint_url = http://127.0.0.1:{port}
"""
SEAT = Seat(
    SeatId("nova-micro/zero"),
    engine="bedrock",
    model="us.amazon.nova-micro-v1:0",
    kinds=frozenset({"classify"}),
    location="provider_region",
    prices=PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000),
)


class Converse(BaseHTTPRequestHandler):
    """Answers one kind of request as Bedrock would, and remembers it."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Authorization"]))
        text = json.dumps({"label": "question", "confidence": 0.8})
        body = json.dumps(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 200, "outputTokens": 12, "totalTokens": 212},
                "metrics": {"latencyMs": 5},
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Converse)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_bedrock_seat_is_called_with_the_profiles_keys(
    home: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lot is won, answered over HTTP with a request signed for the profile, and billed from real tokens."""
    config = tmp_path / "config"
    config.write_text(PROFILE.format(port=port))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("ATOMIC_AWS_PROFILE", "market")
    document = {"subject": "Hours", "text": "When does the shop open?", "options": {"kinds": ["classify"]}}
    with LocalStack(home, seats=[SEAT]) as stack:
        report = stack.submit(json.dumps(document).encode(), "test")
    assert (report.status, report.cost_micros) == ("done", 9), report
    [(path, authorization)] = Converse.seen
    assert path == "/model/us.amazon.nova-micro-v1%3A0/converse"
    assert "Credential=AKIDEXAMPLE/" in authorization
    assert "/eu-central-1/bedrock/" in authorization


def test_an_unusable_profile_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is not there is an error with its name, before anything starts."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(AwsProfileUnusable, match="no-such-profile"):
        BedrockAccess("no-such-profile")
