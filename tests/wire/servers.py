"""Servers on this host that answer as providers do, and as they do on bad days."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.validate import ParamValidator


@dataclass
class Request:
    """What came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[BaseHTTPRequestHandler, Request], None]


@dataclass
class Server:
    """A running server. It behaves as its script says, call by call; the last entry goes on for ever."""

    script: Sequence[Behaviour]
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    def behave(self, *script: Behaviour) -> None:
        """Behave like this from now on."""
        self.script, self.requests = script, []


class _Listening(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about; anything else is a fault of theirs."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(*script: Behaviour) -> Iterator[Server]:
    """A server on a free port of the loopback."""
    server = Server(script)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            with lock:
                server.requests.append(request)
                behave = server.script[min(len(server.requests), len(server.script)) - 1]
            try:
                behave(self, request)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    httpd = _Listening(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def reply(status: int, body: Any, **headers: str) -> Behaviour:
    """Answer at once."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(handler: BaseHTTPRequestHandler, _: Request) -> None:
        _head(handler, status, len(data), headers)
        handler.wfile.write(data)

    return behave


def answering(make: Callable[[Request], Any]) -> Behaviour:
    """Answer 200 with what is made of the request."""

    def behave(handler: BaseHTTPRequestHandler, request: Request) -> None:
        reply(200, make(request))(handler, request)

    return behave


def hang(seconds: float) -> Behaviour:
    """Say nothing for a while, then hang up."""

    def behave(handler: BaseHTTPRequestHandler, _: Request) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return behave


def cut(body: Any, after: int) -> Behaviour:
    """Promise the whole answer, send its beginning and hang up."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(handler: BaseHTTPRequestHandler, _: Request) -> None:
        _head(handler, 200, len(data), {})
        handler.wfile.write(data[:after])
        handler.close_connection = True

    return behave


def drip(seconds: float, pause: float = 0.05) -> Behaviour:
    """Send a byte now and then, so that no read ever times out."""

    def behave(handler: BaseHTTPRequestHandler, _: Request) -> None:
        _head(handler, 200, 1_000_000, {})
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(pause)
        handler.close_connection = True

    return behave


def flood(size: int) -> Behaviour:
    """Send very much."""
    return reply(200, b"[" * size)


def hang_up(handler: BaseHTTPRequestHandler, _: Request) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def events(*bodies: Any, end: bool = True) -> Behaviour:
    """A stream of server-sent events, without a length; `end` False cuts it."""
    data = b"".join(b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies)

    def behave(handler: BaseHTTPRequestHandler, _: Request) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        if end:
            handler.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        handler.close_connection = True

    return behave


_MODEL = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse")


def converse(content: Any, stop: str = "end_turn", **usage: int) -> Behaviour:
    """Answer a Converse call as the service's own model says, where it finds the request right."""
    answer = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {"inputTokens": 120, "outputTokens": 9, "totalTokens": 129, **usage},
        "metrics": {"latencyMs": 30},
    }
    problems = ParamValidator().validate(answer, _MODEL.output_shape)
    assert not problems.has_errors(), problems.generate_report()
    assert stop in _MODEL.output_shape.members["stopReason"].enum

    def behave(handler: BaseHTTPRequestHandler, request: Request) -> None:
        if told := _wrong_with(request):
            converse_error("ValidationException", told)(handler, request)
        else:
            reply(200, answer)(handler, request)

    return behave


def converse_error(name: str, message: str) -> Behaviour:
    """An error as the service's model has it: its own status, its name in the header."""
    (shape,) = [shape for shape in _MODEL.error_shapes if shape.name == name]
    status = shape.metadata["error"]["httpStatusCode"]
    return reply(status, {"message": message}, **{"x-amzn-ErrorType": name})


def _wrong_with(request: Request) -> str:
    """What the service's own model finds wrong with a request; empty where nothing."""
    parts = request.path.strip("/").split("/")
    if parts[0] != "model" or parts[-1] != "converse" or "authorization" not in request.headers:
        return f"not a signed Converse call: {request.path}"
    params = {"modelId": unquote("/".join(parts[1:-1])), **request.json}
    report = ParamValidator().validate(params, _MODEL.input_shape)
    return str(report.generate_report()) if report.has_errors() else ""


def _head(handler: BaseHTTPRequestHandler, status: int, length: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(length))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
