"""The functions of the synthesised stack."""

from __future__ import annotations

import ast
import inspect
import json
import re

from bidding.domain.seats import Seat
from lambdas.environment import Environment
from stacks.bundling import BUNDLES

from .asl import reference, tasks, waits_for_token
from .conftest import Synthesise
from .template import FUNCTIONS_NOT_DEPLOYED, ROOT, Template, render


def test_every_handler_is_deployed_and_nothing_else(synthesise: Synthesise) -> None:
    """The application has a function for each module in lambdas/ with a handler, but for those on one machine alone."""
    handlers = [
        f"lambdas.{path.stem}.handler"
        for path in sorted((ROOT / "lambdas").glob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "handler" and path.stem not in FUNCTIONS_NOT_DEPLOYED
    ]
    deployed = [function for stack in synthesise("dev").values() for function in stack.functions().values()]
    assert sorted(function["Handler"] for function in deployed) == handlers


def test_functions_get_the_variables_that_they_require(template: Template) -> None:
    """What the typed environment requires is set, the data class and who is judged; sealing has what it takes."""
    required = {field.alias for field in Environment.model_fields.values() if field.is_required()}
    required |= {"ATOMIC_DATA_CLASS", "ATOMIC_JUDGING"}
    own = {
        "seal_receipts": {"ATOMIC_SIGNING_KEY", "ATOMIC_ANCHORS", "ATOMIC_AUDIT_URL"},
        "api": {"ATOMIC_MACHINES", "ATOMIC_PRINCIPALS"},
    }
    for module, function in template.functions().items():
        assert function["Environment"]["Variables"].keys() == required | own.get(module, set()), module


def test_no_function_is_given_a_password(template: Template) -> None:
    """The ledger is reached through its proxy with a token of the function's role; no template resolves a secret."""
    for module, function in template.functions().items():
        url = render(function["Environment"]["Variables"]["ATOMIC_DATABASE_URL"])
        assert re.fullmatch(r"postgresql\+iam://ledger_app@<AtomicLedger\.\w*Proxy\w*Endpoint\w*>:5432/ledger", url), (
            module
        )
        assert function["KmsKeyArn"], module
    assert "resolve:secretsmanager" not in json.dumps(template.body)


def test_functions_are_small_and_on_arm(template: Template) -> None:
    """Lots wait for models, not for processors: little memory, on the cheaper architecture."""
    for module, function in template.functions().items():
        assert (function["Architectures"], function["Runtime"]) == (["arm64"], "python3.13"), module
        # A mail of 25 MiB takes some 300 MB to parse.
        assert function["MemorySize"] in ({1_024} if module in {"ingest_task", "decompose_task"} else {256, 512}), (
            module
        )


def test_every_log_group_forgets(template: Template) -> None:
    """Each function writes to a log group of its own, and all log groups have a retention."""
    groups = template.of_type("AWS::Logs::LogGroup")
    used = [render(function["LoggingConfig"]["LogGroup"]).strip("<>") for function in template.functions().values()]
    assert len(set(used)) == len(used)
    assert set(used) <= groups.keys()
    assert {group["RetentionInDays"] for group in groups.values()} == {14}


def test_a_function_ends_before_the_state_that_calls_it(template: Template) -> None:
    """A function's own time-out comes before TimeoutSeconds: the state machine learns how it ended."""
    functions = template.functions()
    for machine in template.machines().values():
        for name, task in tasks(json.loads(machine["DefinitionString"])).items():
            target = template.meaning(render(machine["DefinitionSubstitutions"][reference(task)]))
            if target.startswith("lambdas.") and not waits_for_token(task):
                assert functions[target.split(".")[1]]["Timeout"] < task["TimeoutSeconds"], name


def test_a_model_call_ends_before_the_function_that_waits_for_it(template: Template) -> None:
    """A seat's usual time-out leaves ExecuteLot ten seconds to write down what happened."""
    seat_timeout_ms = inspect.signature(Seat).parameters["timeout_ms"].default
    assert seat_timeout_ms + 10_000 <= 1_000 * template.functions()["execute_lot"]["Timeout"]


def test_there_is_one_package_per_set_of_dependencies(synthesise: Synthesise) -> None:
    """Functions of one set share one package in all environments; its hash follows from sources and nothing else."""
    stacks = [stack for environment in ("dev", "prod") for stack in synthesise(environment).values()]
    functions = [function for stack in stacks for function in stack.functions().values()]
    assert len({json.dumps(function["Code"], sort_keys=True) for function in functions}) == len(BUNDLES)
