"""The page: files of `lambdas/page`, the same for everybody. What they show, their script asks the API for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path

from bidding.domain.errors import UnknownRecord
from lambdas import page

router = Router()
_TAGS = ["page"]

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
# Scripts and styles come from here and nowhere else, nothing is evaluated, nobody may frame it: a mail that is shown
# is text, and could not act if it were not.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: dict[str, str | list[str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/", tags=_TAGS, summary="The page, for a browser")
def show_page() -> Response[str]:
    """The page itself."""
    return _file("index.html")


@router.get("/page/<name>", tags=_TAGS, summary="A file of the page")
def page_file(name: Annotated[str, Path(pattern=r"^[a-z]+\.(css|js|svg)$")]) -> Response[str]:
    """What the page loads."""
    return _file(name)


def _file(name: str) -> Response[str]:
    text = _texts().get(name)
    if text is None:
        raise UnknownRecord(f"the page has no {name}")
    return Response(200, f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8", text, dict(_HEADERS))


@cache
def _texts() -> dict[str, str]:
    return {
        each.name: each.read_text(encoding="utf-8")
        for each in files(page).iterdir()
        if each.name.rpartition(".")[2] in _TYPES
    }
