"""What the service behind a handler does to documents, seats and workflows, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from .template import ROOT

_SERVICES = "bidding.services."


def document_calls(handler_module: str) -> set[str]:
    """Methods of `Documents` that a handler can reach through the functions of `bidding.services`: get, put."""
    return _calls(handler_module, "documents")


def engine_calls(handler_module: str) -> set[str]:
    """Methods of `Engine` and `Bidder` that a handler can reach likewise: answer, solicit, and what asks nobody."""
    return _calls(handler_module, "engine") | _calls(handler_module, "bidder")


def workflow_calls(handler_module: str) -> set[str]:
    """Methods of `Workflows` that a handler can reach likewise: start, resume, keep_waiting."""
    return _calls(handler_module, "workflows")


def _calls(handler_module: str, on: str) -> set[str]:
    found, seen, waiting = set[str](), set[tuple[str, str]](), _roots(handler_module)
    while waiting:
        place = waiting.pop()
        function = _functions(place[0]).get(place[1])
        if place in seen or function is None:
            continue
        seen.add(place)
        found |= set(_calls_in(function, on))
        waiting += _called(place[0], function)
    return found


def _roots(handler_module: str) -> list[tuple[str, str]]:
    """Where a function is entered: at its handler, the API at every route."""
    if handler_module != "api":
        return [(f"lambdas.{handler_module}", "handler")]
    modules = [f"lambdas.routes.{path.stem}" for path in sorted((ROOT / "lambdas" / "routes").glob("*.py"))]
    return [(module, name) for module in modules for name in _functions(module)]


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in _tree(module).body if isinstance(node, ast.FunctionDef)}


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Local names of what a module imports from the services: where it is defined, and its name there."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in _tree(module).body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_SERVICES)
        for alias in node.names
    }


def _called(module: str, function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield _imports(module).get(node.id, (module, node.id))


def _calls_in(function: ast.FunctionDef, on: str) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and _is_named(node.value, on):
            yield node.attr


def _is_named(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Name(id=found) | ast.Attribute(attr=found):
            return found == name
        case _:
            return False
