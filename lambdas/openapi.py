"""The OpenAPI document of the API: `python -m lambdas.openapi > docs/reference/openapi.json`."""

from __future__ import annotations

import json
import sys
from typing import Any

from lambdas.api import app
from lambdas.routes.problems import PROBLEM
from schemas.api.answers import Problem

VERSION = "1"
_MAIL = {"required": True, "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}}}
_PAGE = {"/": "text/html", "/page/{name}": "text/*"}
_OPEN = frozenset({"/health", *_PAGE})
"""What needs no token: whether it is up, and files that are the same for everybody."""
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a JWT, or the token of `atomic serve`"},
    "iam": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS Signature Version 4",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}


def document() -> dict[str, Any]:
    """The routes as OpenAPI 3.1, with problem details for every error and both ways to sign in."""
    text = app.get_openapi_json_schema(
        title="Atomic",
        version=VERSION,
        openapi_version="3.1.0",
        description="Hand documents in, see who won their lots and why, judge answers, approve drafts.",
    )
    described: dict[str, Any] = json.loads(text)
    described["servers"] = [{"url": "/"}]
    components = described["components"]
    components["schemas"] = {
        name: schema
        for name, schema in components["schemas"].items()
        if name not in {"HTTPValidationError", "ValidationError"}
    } | {"Problem": Problem.model_json_schema()}
    components["securitySchemes"] = _SECURITY
    described["security"] = [{"bearer": []}, {"iam": []}]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            operation["responses"]["default"] = {"description": "what went wrong, RFC 9457", "content": content}
        if path in _OPEN:
            operations["get"]["security"] = []
        if path in _PAGE:
            operations["get"]["responses"]["200"]["content"] = {_PAGE[path]: {"schema": {"type": "string"}}}
    described["paths"]["/mails"]["post"]["requestBody"] = _MAIL
    described["paths"] = dict(sorted(described["paths"].items()))
    return described


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
