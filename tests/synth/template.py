"""A synthesised template, and the few questions that tests ask of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOT_DEPLOYED = {
    "adapt_variants": "it compiles seats on the host, and in the cloud there are none",
    "record_feedback": "the route of the API calls its use cases, so that whoever gave a word learns what came of it",
}
"""State machines that run on one machine alone (ADR 0081)."""
FUNCTIONS_NOT_DEPLOYED = {"compile_variant", "record_feedback"}
"""Functions that nothing but those machines calls."""

Json = Any


@dataclass(frozen=True, slots=True)
class Statement:
    """An allowing statement of a policy, for one action and one resource. `holder` is the policy's logical id."""

    holder: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Template:
    """A CloudFormation template as JSON."""

    body: Mapping[str, Json]

    def of_type(self, kind: str) -> dict[str, Json]:
        """Properties of all resources of a type, by logical id."""
        resources = self.body["Resources"].items()
        return {name: resource["Properties"] for name, resource in resources if resource["Type"] == kind}

    def the(self, kind: str, place: str) -> Json:
        """Properties of the one resource of a type whose logical id begins with its place in the stack."""
        (properties,) = (each for name, each in self.of_type(kind).items() if name.startswith(place))
        return properties

    def functions(self) -> dict[str, Json]:
        """Properties of all functions, by the module that serves them."""
        functions = self.of_type("AWS::Lambda::Function").values()
        return {function["Handler"].split(".")[1]: function for function in functions}

    def machines(self) -> dict[str, Json]:
        """Properties of all state machines, by the name of the file that defines them."""
        names = {path.read_text(): path.name.removesuffix(".asl.json") for path in definition_files()}
        machines = self.of_type("AWS::StepFunctions::StateMachine").values()
        return {names[machine["DefinitionString"]]: machine for machine in machines}

    def meaning(self, reference: str) -> str:
        """What a rendered reference to a function or a machine stands for, such as `lambdas.clear_auction.handler`."""
        resource = self.body["Resources"][reference.strip("<>").removesuffix(".Arn")]
        if resource["Type"] == "AWS::Lambda::Function":
            return str(resource["Properties"]["Handler"])
        return next(name for name, machine in self.machines().items() if machine is resource["Properties"])

    def statements(self) -> Iterator[Statement]:
        """Every action that any policy allows, with every resource it is allowed on."""
        for name, resource in self.body["Resources"].items():
            documents = [resource["Properties"].get("PolicyDocument"), resource["Properties"].get("KeyPolicy")]
            documents += [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", [])]
            for document in filter(None, documents):
                for statement in document["Statement"]:
                    if statement["Effect"] == "Allow":
                        yield from _flat(name, statement)

    def allowed_to(self, properties: Json) -> set[tuple[str, str]]:
        """Actions and resources of the role of a function or a state machine."""
        role = render(properties.get("Role") or properties["RoleArn"]).strip("<>").removesuffix(".Arn")
        policies = self.of_type("AWS::IAM::Policy").items()
        holders = {name for name, policy in policies if {"Ref": role} in policy["Roles"]}
        return {(each.action, each.resource) for each in self.statements() if each.holder in holders}


def definition_files() -> list[Path]:
    """The files of all state machines."""
    return sorted((ROOT / "statemachines").glob("*.asl.json"))


def render(value: Json) -> str:
    """A value with its references in angle brackets: `arn:<AWS::Partition>:s3:::x`, `<Function.Arn>`."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::GetStackOutput": {"StackName": stack, "OutputName": name}}:
            return f"<{str(stack).partition('-')[0]}.{name}>"
        case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
            return f"<{render(whole)} split by {separator} at {index}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(render(part) for part in parts)
        case _:
            raise ValueError(f"cannot render {json.dumps(value)}")


def _flat(holder: str, statement: Json) -> Iterator[Statement]:
    actions, resources = statement["Action"], statement["Resource"]
    for action in actions if isinstance(actions, list) else [actions]:
        for resource in resources if isinstance(resources, list) else [resources]:
            yield Statement(holder, action, render(resource))
