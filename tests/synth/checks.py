"""What must hold between a template, the definitions and the handlers: each check names what is wrong.

They are functions so that a seeded fault can be shown to be found: tests call them on what was synthesised, and the
mutation test on the same with one thing broken.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lambdas.environment import Environment, OwnerEnvironment

from .asl import reference, tasks
from .services import engine_calls
from .template import ROOT, Template, render

Json = Any
Problems = Iterator[str]

TAKES = {
    "lambda:invoke": "lambda:InvokeFunction",
    "lambda:invoke.waitForTaskToken": "lambda:InvokeFunction",
    "aws-sdk:sfn:startSyncExecution": "states:StartSyncExecution",
    "states:startExecution": "states:StartExecution",
    "states:startExecution.sync:2": "states:StartExecution",
}
"""The permission behind each integration that a definition may use."""

_READS_KEY = "secretsmanager:GetSecretValue"
_CALLS = frozenset(TAKES.values())


def machines_may_call_what_they_name(template: Template) -> Problems:
    """A role allows each call in its machine's text, and no call that is not there."""
    for name, machine in template.machines().items():
        allowed = {each for each in template.allowed_to(machine) if each[0] in _CALLS}
        own = _own(template, machine)
        needed = {(TAKES[integration(task)], _called(machine, task)) for task in _tasks(machine)}
        if "DISTRIBUTED" in machine["DefinitionString"]:
            needed.add(("states:StartExecution", own))
        yield from (f"{name}: may not {action} {on}" for action, on in sorted(needed - allowed))
        yield from (f"{name}: needs no {action} {on}" for action, on in sorted(allowed - needed))


def definitions_name_what_there_is(template: Template) -> Problems:
    """Every substitution of a definition is given, and leads to a resource of the template."""
    for name, machine in template.machines().items():
        given = machine["DefinitionSubstitutions"]
        for wanted in sorted(set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"]))):
            target = render(given.get(wanted, "")).strip("<>").removesuffix(".Arn")
            if target not in template.body["Resources"]:
                yield f"{name}: ${{{wanted}}} is nothing here"


def functions_have_their_variables(template: Template) -> Problems:
    """Every variable that the typed environment requires is set, and none that it does not know."""
    for module, function in template.functions().items():
        model = OwnerEnvironment if module == "migrate_ledger" else Environment
        fields = model.model_fields.values()
        required = {field.alias for field in fields if field.is_required()}
        known = {field.alias for field in fields} | {"ATOMIC_PRINCIPALS", "ATOMIC_OWNER"}  # of the API alone
        given = set(function["Environment"]["Variables"])
        yield from (f"{module}: {variable} is not set" for variable in sorted(required - given))
        yield from (f"{module}: nobody reads {variable}" for variable in sorted(given - known))


def who_asks_seats_may_read_their_keys(template: Template) -> Problems:
    """A function may read the secrets that seats name where the service behind it asks seats, and only there."""
    for module, function in template.functions().items():
        if not (ROOT / "lambdas" / f"{module}.py").is_file():
            continue  # another check names it
        may = any(":secret:atomic/seats/" in on for action, on in template.allowed_to(function) if action == _READS_KEY)
        asks = bool(engine_calls(module) & {"answer", "solicit"})
        if asks and not may:
            yield f"{module}: may not read the keys of seats"
        if may and not asks:
            yield f"{module}: needs no keys of seats"


def handlers_exist(template: Template) -> Problems:
    """Every function names a module that is shipped and a handler in it."""
    for function in template.functions().values():
        module, _, attribute = function["Handler"].rpartition(".")
        path = ROOT / f"{module.replace('.', '/')}.py"
        if attribute not in _defined_in(path):
            yield f"{function['Handler']} is not there"


CHECKS: tuple[Callable[[Template], Problems], ...] = (
    machines_may_call_what_they_name,
    definitions_name_what_there_is,
    functions_have_their_variables,
    who_asks_seats_may_read_their_keys,
    handlers_exist,
)


def problems(template: Template) -> list[str]:
    """Everything that is wrong with a template; empty for a good one."""
    return [problem for check in CHECKS for problem in check(template)]


def integration(task: Json) -> str:
    """What a task uses: `lambda:invoke`, `states:startExecution.sync:2`."""
    return str(task["Resource"]).removeprefix("arn:aws:states:::")


def _tasks(machine: Json) -> Iterator[Json]:
    yield from tasks(json.loads(machine["DefinitionString"])).values()


def _called(machine: Json, task: Json) -> str:
    return render(machine["DefinitionSubstitutions"].get(reference(task), f"<{reference(task)}?>"))


def _own(template: Template, machine: Json) -> str:
    machines = template.of_type("AWS::StepFunctions::StateMachine").items()
    return next(f"<{name}>" for name, each in machines if each is machine)


@cache
def _defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text()) if path.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
