"""Seeded faults: the checks of the synthesised application find each, and find nothing in what was synthesised."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from .checks import problems
from .conftest import ENVIRONMENTS, Synthesise
from .template import Template, render

Json = Any
Fault = Callable[[Template], None]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_synthesised_holds_together(environment: str, synthesise: Synthesise) -> None:
    """Definitions, permissions, variables and handlers fit together in every stack of every environment."""
    for name, stack in synthesise(environment).items():
        assert problems(stack) == [], name


def _drop_statement(action: str, of: Callable[[Template], Json]) -> Fault:
    def fault(template: Template) -> None:
        holder = of(template)
        role = render(holder.get("Role") or holder["RoleArn"]).strip("<>").removesuffix(".Arn")
        for policy in template.of_type("AWS::IAM::Policy").values():
            if {"Ref": role} in policy["Roles"]:
                statements = policy["PolicyDocument"]["Statement"]
                statements[:] = [each for each in statements if each["Action"] != action]

    return fault


def _widen(template: Template) -> None:
    role = template.machines()["judge_answers"]["RoleArn"]
    name = render(role).strip("<>").removesuffix(".Arn")
    target = {"Fn::GetAtt": [next(iter(template.of_type("AWS::Lambda::Function"))), "Arn"]}
    for policy in template.of_type("AWS::IAM::Policy").values():
        if {"Ref": name} in policy["Roles"]:
            extra = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": target}
            policy["PolicyDocument"]["Statement"].append(extra)


def _misname_in_definition(template: Template) -> None:
    machine = template.machines()["run_lot"]
    machine["DefinitionSubstitutions"].pop("SettleLot")


def _remove_function(template: Template) -> None:
    (name,) = (
        key
        for key, each in template.of_type("AWS::Lambda::Function").items()
        if each["Handler"] == "lambdas.settle_lot.handler"
    )
    del template.body["Resources"][name]  # type: ignore[attr-defined]


def _drop_variable(template: Template) -> None:
    del template.functions()["clear_auction"]["Environment"]["Variables"]["ATOMIC_BUCKET"]


def _misspell_variable(template: Template) -> None:
    variables = template.functions()["clear_auction"]["Environment"]["Variables"]
    variables["ATOMIC_DATACLASS"] = variables.pop("ATOMIC_DATA_CLASS")


def _rename_handler(template: Template) -> None:
    template.functions()["settle_lot"]["Handler"] = "lambdas.settle_lot.handle"


def _rename_module(template: Template) -> None:
    template.functions()["settle_lot"]["Handler"] = "lambdas.settle_lots.handler"


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (
            _drop_statement("lambda:InvokeFunction", lambda of: of.machines()["run_lot"]),
            "run_lot: may not lambda:InvokeFunction <FunctionsClearAuction",
        ),
        (
            _drop_statement("secretsmanager:GetSecretValue", lambda of: of.functions()["open_auction"]),
            "open_auction: may not read the keys of seats",
        ),
        (_widen, "judge_answers: needs no lambda:InvokeFunction <"),
        (_misname_in_definition, "run_lot: ${SettleLot} is nothing here"),
        (_remove_function, "run_lot: ${SettleLot} is nothing here"),
        (_drop_variable, "clear_auction: ATOMIC_BUCKET is not set"),
        (_misspell_variable, "clear_auction: nobody reads ATOMIC_DATACLASS"),
        (_rename_handler, "lambdas.settle_lot.handle is not there"),
        (_rename_module, "lambdas.settle_lots.handler is not there"),
    ],
)
def test_a_seeded_fault_is_found(fault: Fault, found: str, template: Template) -> None:
    """One thing broken in the market's template is named; nothing was wrong before."""
    broken = Template(copy.deepcopy(template.body))
    assert problems(broken) == []

    fault(broken)

    assert any(problem.startswith(found) for problem in problems(broken)), problems(broken)
