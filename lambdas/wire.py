"""Between wire types and domain values, and the frame that all handlers share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from bidding.domain.errors import InvalidRequest
from bidding.ports.market import Market
from lambdas.environment import market, trace_header
from schemas.problems import first_problem

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Request = TypeVar("Request", bound=BaseModel)
Domain = TypeVar("Domain")
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_CORRELATION = ("tenant", "task_id", "lot_id", "kind", "attempt", "round")


def state(request_type: type[Request]) -> Callable[[Callable[[Market, Request], BaseModel]], Handler]:
    """Make a Lambda handler of a function: parse its event, watch it by its ids, serialise its answer.

    Raises InvalidRequest, naming the field, for an event that is not a `request_type`.
    """

    def decorate(serve: Callable[[Market, Request], BaseModel]) -> Handler:
        name = serve.__module__.rsplit(".", 1)[-1]

        @functools.wraps(serve)
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            floor = market()
            known = {"request_id": getattr(context, "aws_request_id", None), **_correlation(event)}
            with floor.observer.invocation(name, known, trace_header()):
                answer = serve(floor, _parse(request_type, event))
            return answer.model_dump(mode="json")

        return handler

    return decorate


def to_domain(domain_type: type[Domain], value: BaseModel) -> Domain:
    """A wire value as the domain type with the same fields."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - few functions need one

    if domain_type not in _adapters:  # they take milliseconds to make
        _adapters[domain_type] = TypeAdapter(domain_type)
    domain: Domain = _adapters[domain_type].validate_python(value.model_dump())
    return domain


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _parse(request_type: type[Request], event: dict[str, Any]) -> Request:
    try:
        return request_type.model_validate(event)
    except ValidationError as error:
        raise InvalidRequest(f"{request_type.__name__}: {first_problem(error)}") from error


def _correlation(event: dict[str, Any]) -> dict[str, Any]:
    """The ids that follow a task from its trigger to its feedback."""
    request = event.get("quotes", {}).get("request", {})
    known = {**request, **request.get("lot", {}), **event.get("award", {}), **event}
    return {key: known[key] for key in _CORRELATION if key in known}
