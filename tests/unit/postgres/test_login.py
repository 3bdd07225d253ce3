"""Signing in without a password, against botocore's own token as the oracle."""

from __future__ import annotations

from datetime import UTC, datetime

import botocore.session
import pytest
from botocore import auth

from bidding.adapters.postgres import login
from bidding.domain.errors import Misconfigured

HOST = "atomic-dev.proxy-abc.eu-central-1.rds.amazonaws.com"
URL = f"postgresql+iam://ledger_app@{HOST}:5432/ledger"


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials as Lambda gives them to a function, and a clock that stands still."""
    for name, value in {
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "a+session/token==",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(auth, "get_current_datetime", lambda: datetime(2026, 11, 29, 12, tzinfo=UTC))
    login._session.cache_clear()


def test_a_token_is_the_one_that_botocore_makes() -> None:
    """The presigned request equals that of botocore's RDS client, byte for byte."""
    client = botocore.session.get_session().create_client("rds", region_name="eu-central-1")
    expected = client.generate_db_auth_token(HOST, 5432, "ledger_app", Region="eu-central-1")

    assert login.iam_token(HOST, 5432, "ledger_app") == expected


def test_a_connection_without_password_is_verified() -> None:
    """The server must prove its name; the URL's parts and the token are all that is sent."""
    parameters = login.connection_parameters(URL)

    assert parameters["sslmode"] == "verify-full"
    assert parameters["sslrootcert"].endswith("cacert.pem")
    assert parameters["password"] == login.iam_token(HOST, 5432, "ledger_app")
    assert {key: parameters[key] for key in ("host", "port", "user", "dbname")} == {
        "host": HOST,
        "port": 5432,
        "user": "ledger_app",
        "dbname": "ledger",
    }


def test_any_other_url_is_left_alone() -> None:
    """A URL with a password of its own goes to the driver as it is."""
    assert login.connection_parameters("postgresql://me:secret@here/db") == {
        "conninfo": "postgresql://me:secret@here/db"
    }


@pytest.mark.parametrize("url", ["postgresql+iam://host/db", "postgresql+iam://u:p@host/db", "postgresql+iam://u@/db"])
def test_a_url_that_cannot_be_signed_is_refused(url: str) -> None:
    """A missing user or host, or a password beside a token, is the operator's mistake and is named."""
    with pytest.raises(Misconfigured, match="takes a user and a host, and no password"):
        login.connection_parameters(url)


def test_a_process_without_region_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(Misconfigured, match="AWS_REGION"):
        login.iam_token(HOST, 5432, "ledger_app")
