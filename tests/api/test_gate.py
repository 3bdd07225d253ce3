"""Who is let in by `atomic serve`."""

import pytest

from stacks.local.web.gate import COOKIE, EVERYTHING, Admitted, Gate, Refused, host_name, keep_token

LOCAL = {"host": "localhost:8080"}
REMOTE = {"host": "10.0.0.5:8080"}
JSON = {"content-type": "application/json", "content-length": "2"}


def status(checked: Admitted | Refused) -> int:
    return checked.status if isinstance(checked, Refused) else 200


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", LOCAL, 200),
        ("GET", {"host": "127.0.0.1:1"}, 200),
        ("GET", {"host": "[::1]:8080"}, 200),
        ("GET", {"host": "rebound.example:8080"}, 421),
        ("GET", {"host": "localhost.evil.example"}, 421),
        ("GET", {}, 421),
        ("POST", LOCAL | JSON, 200),
        ("POST", LOCAL | JSON | {"origin": "http://localhost:8080", "sec-fetch-site": "same-origin"}, 200),
        ("POST", LOCAL | JSON | {"origin": "http://evil.example"}, 403),
        ("POST", LOCAL | JSON | {"origin": "null"}, 403),
        ("POST", LOCAL | JSON | {"origin": "http://localhost:9999"}, 403),
        ("POST", LOCAL | JSON | {"sec-fetch-site": "cross-site"}, 403),
        ("POST", LOCAL | JSON | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        ("GET", LOCAL | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ("GET", LOCAL | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ("POST", LOCAL | {"content-type": "text/plain", "content-length": "2"}, 415),
        ("POST", LOCAL | {"content-type": "application/x-www-form-urlencoded", "content-length": "2"}, 415),
        ("POST", LOCAL | {"content-length": "2"}, 415),
    ],
)
def test_loopback_asks_where_a_request_comes_from(method: str, headers: dict[str, str], expected: int) -> None:
    """Rebound names, other sites' pages and what a form can send are refused; own pages and clients are not."""
    assert status(Gate("127.0.0.1").check(method, headers)) == expected


def test_beyond_loopback_a_token_is_asked_for() -> None:
    """Without a token nothing is answered; the token of a worker is a worker's."""
    gate = Gate("10.0.0.5", tokens={"whole": EVERYTHING, "small": "worker"})
    assert status(gate.check("GET", REMOTE)) == 401
    assert status(gate.check("GET", REMOTE | {"authorization": "Bearer wrong"})) == 401
    assert status(gate.check("GET", LOCAL | {"authorization": "Bearer whole"})) == 421
    assert gate.check("GET", REMOTE | {"authorization": "Bearer whole"}) == Admitted(EVERYTHING)
    assert gate.check("GET", REMOTE | {"authorization": "Bearer small"}) == Admitted("worker")


def test_a_wrong_token_is_refused_on_loopback_too() -> None:
    """Whoever brings a token is held to it."""
    gate = Gate("127.0.0.1", tokens={"small": "worker"})
    assert status(gate.check("GET", LOCAL | {"authorization": "Bearer wrong"})) == 401
    assert gate.check("GET", LOCAL | {"authorization": "Bearer small"}) == Admitted("worker")


def test_the_link_signs_in_once() -> None:
    """The code of the link becomes a cookie that scripts cannot read, for one browser only."""
    gate = Gate("10.0.0.5", link_code="code")
    assert gate.sign_in("wrong") is None
    cookie = gate.sign_in("code")
    assert cookie is not None
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert gate.sign_in("code") is None
    session = cookie.partition(";")[0]
    assert gate.check("GET", REMOTE | {"cookie": f"a=b; {session}"}) == Admitted(EVERYTHING)
    assert status(gate.check("GET", REMOTE | {"cookie": f"{COOKIE}=x"})) == 401
    assert status(gate.check("POST", REMOTE | JSON | {"cookie": session, "origin": "http://evil.example"})) == 403


def test_a_server_may_have_other_names() -> None:
    """A name that the operator gave is answered to, and no other."""
    gate = Gate("0.0.0.0", frozenset({"market.example"}), {"t": "member"})
    assert status(gate.check("GET", {"host": "market.example", "authorization": "Bearer t"})) == 200
    assert status(gate.check("GET", {"host": "localhost", "authorization": "Bearer t"})) == 421


def test_a_token_is_kept_for_its_owner(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """It is made once, and its file is readable by its owner alone."""
    token = keep_token(tmp_path, "api")
    assert keep_token(tmp_path, "api") == token
    assert keep_token(tmp_path, "worker") != token
    assert (tmp_path / "keys" / "api-token").stat().st_mode & 0o077 == 0


def test_host_names() -> None:
    """Ports and brackets are not part of a name."""
    assert [host_name(each) for each in ("A.b:80", "[::1]:80", "a")] == ["a.b", "::1", "a"]
