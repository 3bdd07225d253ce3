"""How a connection signs in: as its URL says, or with a token of the AWS role it runs as.

`postgresql+iam://user@host:port/database` names no password. The token is a presigned request that RDS and RDS Proxy
check against IAM; it is good for fifteen minutes, enough to connect, and is made anew for every connection. Nothing is
asked of AWS to make one. Without TLS RDS refuses it; the server's certificate must be signed by a public authority,
as that of RDS Proxy is.

Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from bidding.domain.errors import Misconfigured

IAM_SCHEME = "postgresql+iam://"

_TOKEN_SECONDS = 900
_PORT = 5432


def connection_parameters(dsn: str) -> dict[str, Any]:
    """What `psycopg.connect` is called with for `dsn`.

    Raises Misconfigured where a token is asked for and the URL, the region or the role it takes is missing.
    """
    if not dsn.startswith(IAM_SCHEME):
        return {"conninfo": dsn}
    named = conninfo_to_dict(f"postgresql://{dsn.removeprefix(IAM_SCHEME)}")
    host, user, port = named.get("host"), named.get("user"), int(named.get("port") or _PORT)
    if not host or not user or "password" in named:
        raise Misconfigured(f"{IAM_SCHEME} takes a user and a host, and no password")
    secure = {"sslmode": "verify-full", "sslrootcert": str(_authorities())}
    return {**secure, **named, "port": port, "password": iam_token(str(host), port, str(user))}


def iam_token(host: str, port: int, user: str) -> str:
    """A password for `user` at this host, signed for the role of this process."""
    from botocore.auth import SigV4QueryAuth  # noqa: PLC0415 - only a process in the cloud signs in this way
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    credentials = _session().get_credentials()
    if not region or credentials is None:
        raise Misconfigured("a token for RDS needs AWS_REGION and the credentials of a role")
    request = AWSRequest("GET", f"https://{host}:{port}/", params={"Action": "connect", "DBUser": user})
    SigV4QueryAuth(credentials.get_frozen_credentials(), "rds-db", region, expires=_TOKEN_SECONDS).add_auth(request)
    return str(request.url).removeprefix("https://")


@cache
def _session() -> Any:
    import botocore.session  # noqa: PLC0415

    return botocore.session.get_session()  # renews the credentials by itself


def _authorities() -> Path:
    import botocore  # noqa: PLC0415

    return Path(botocore.__file__).with_name("cacert.pem")  # the list that its own connections trust
