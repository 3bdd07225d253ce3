"""The state machines of the synthesised stack."""

from __future__ import annotations

import json
import re

from stacks.local.machines import BUCKET, MACHINES

from .asl import references
from .template import NOT_DEPLOYED, ROOT, Template, definition_files, render


def test_every_definition_is_deployed_and_nothing_else(template: Template) -> None:
    """The stack has a state machine for each file in statemachines/, word for word, but for those listed."""
    names = {path.name.removesuffix(".asl.json") for path in definition_files()}
    assert template.machines().keys() == names - NOT_DEPLOYED.keys()
    assert NOT_DEPLOYED.keys() < names


def test_only_the_machine_of_one_lot_is_express(template: Template) -> None:
    """What must be durable is Standard; what runs once per lot is Express."""
    kinds = {name: machine["StateMachineType"] for name, machine in template.machines().items()}
    assert {name for name, kind in kinds.items() if kind == "EXPRESS"} == {"run_lot"}


def test_one_machine_has_what_the_cloud_has(template: Template) -> None:
    """The local stack runs what is deployed, of the same types and on the same functions, and those that are listed."""
    both = [machine for machine in MACHINES if machine.name not in NOT_DEPLOYED]
    assert {machine.name: machine.type for machine in both} == {
        name: machine["StateMachineType"] for name, machine in template.machines().items()
    }
    assert {machine.name for machine in MACHINES} - {machine.name for machine in both} == NOT_DEPLOYED.keys()
    assert {_snake(name) for machine in both for name in machine.functions} <= template.functions().keys()


def test_every_name_in_a_definition_stands_for_what_it_says(template: Template) -> None:
    """`${ClearAuction}` is the function of clear_auction.py, `${RunLot}` the machine of run_lot.asl.json.

    `${DocumentsBucket}` is the bucket.
    """
    for name, machine in template.machines().items():
        substituted = {key: render(value) for key, value in machine["DefinitionSubstitutions"].items()}
        if bucket := substituted.pop(BUCKET, None):
            assert bucket.strip("<>") in template.of_type("AWS::S3::Bucket")
        given = {key: template.meaning(value) for key, value in substituted.items()}
        machines = {path.name.removesuffix(".asl.json") for path in definition_files()}
        names = references(machine["DefinitionString"]) - {BUCKET}
        modules = {path.stem for path in (ROOT / "lambdas").glob("*.py")}
        assert given == {
            each: f"lambdas.{_snake(each)}.handler" if _snake(each) in modules else _snake(each) for each in names
        }, name
        assert {_snake(each) for each in names} <= modules | machines


def test_logs_hold_no_data_of_an_execution(template: Template) -> None:
    """Failures are logged and calls are traced, without what a task contained."""
    for name, machine in template.machines().items():
        logging = machine["LoggingConfiguration"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False), name
        assert machine["TracingConfiguration"] == {"Enabled": True}, name


def test_a_definition_fits_into_the_template(template: Template) -> None:
    """CloudFormation takes a template of at most a megabyte."""
    assert len(json.dumps(template.body)) < 1_000_000


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
