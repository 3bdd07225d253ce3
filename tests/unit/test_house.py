"""The house rules that no linter knows."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("bidding", "lambdas", "schemas", "stacks", "tests", "examples")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def test_every_test_says_in_one_sentence_what_it_shows() -> None:
    """A test without a docstring is a test nobody can read."""
    silent = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_module_is_too_long_to_read() -> None:
    """Modules stay below 300 lines, functions below 70."""
    long_modules = [str(path) for path in SOURCES if len(path.read_text().splitlines()) > 300]
    long_functions = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 70
    ]
    assert (long_modules, long_functions) == ([], [])
