"""Errors as RFC 9457 problem details."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError

from bidding.domain import errors

PROBLEM = "application/problem+json"
_STATUS: dict[type[errors.AtomicError], HTTPStatus] = {
    errors.UnknownRecord: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.LedgerConflict: HTTPStatus.CONFLICT,
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RefusedDocument: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CallerError: HTTPStatus.BAD_REQUEST,
    errors.OperatorError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_RETRY_SECONDS = "2"


def problem(
    status: int, title: str, detail: str, name: str = "about:blank", problems: Sequence[dict[str, Any]] = ()
) -> Response[str]:
    """One problem: `name` is the kind of problem, `problems` the fields that are wrong."""
    document: dict[str, Any] = {"type": name, "title": title, "status": status, "detail": detail}
    if problems:
        document["errors"] = list(problems)
    headers: dict[str, str | list[str]] = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_SECONDS
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(status, PROBLEM, json.dumps(document), headers)


def of_error(error: errors.AtomicError) -> Response[str]:
    """One of ours: its class is the type of the problem, its sentence the detail.

    Of what the operator must act on, a client learns no more than that it may try again.
    """
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)
    name = type(error).__name__
    detail = str(error)
    if isinstance(error, errors.OperatorError) and not isinstance(error, errors.LedgerConflict):
        detail = "the installation cannot answer now; try again"
    return problem(status, status.phrase, detail, f"urn:atomic:problem:{name}")


def of_fault(error: Exception) -> dict[str, Any]:
    """What an error that left the app is answered with, in API Gateway's proxy format."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    broken = problem(status, status.phrase, "something broke here; it is in the log")
    response = of_error(error) if isinstance(error, errors.AtomicError) else broken
    headers = {name: [str(value)] for name, value in response.headers.items()} | {"Content-Type": [PROBLEM]}
    return {
        "statusCode": int(response.status_code),
        "multiValueHeaders": headers,
        "body": response.body,
        "isBase64Encoded": False,
    }


def install(app: APIGatewayRestResolver) -> None:
    """Answer every error with a problem that its client must act on; others leave the app, to be told there."""
    app.exception_handler([errors.CallerError, errors.LedgerConflict])(of_error)

    @app.exception_handler([RequestValidationError])
    def invalid(error: RequestValidationError) -> Response[str]:
        wrong = [
            {"pointer": "/".join(str(part) for part in one["loc"]), "detail": str(one["msg"])}
            for one in error.errors()[:20]
        ]
        detail = f"{wrong[0]['pointer']}: {wrong[0]['detail']}" if wrong else "the request is not valid"
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(status, status.phrase, detail, "urn:atomic:problem:InvalidRequest", wrong)

    @app.exception_handler([RequestUnsupportedContentType])
    def unsupported(_: RequestUnsupportedContentType) -> Response[str]:
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        return problem(status, status.phrase, "send application/json; mails go to POST /mails as message/rfc822")

    @app.exception_handler([ServiceError])
    def service(error: ServiceError) -> Response[str]:
        return problem(error.status_code, HTTPStatus(error.status_code).phrase, str(error.msg))

    @app.not_found
    def not_found(_: Exception) -> Response[str]:
        status = HTTPStatus.NOT_FOUND
        return problem(status, status.phrase, "there is no such route, or not with this method: see openapi.json")
