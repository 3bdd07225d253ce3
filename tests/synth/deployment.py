"""The synthesised stacks, deployed into this process: moto makes their resources, the handlers and PostgreSQL are real.

A function is what its deployed configuration says: the handler that is named there, under its time-out, with exactly
its variables. Only one value is not the template's: the address of the ledger's proxy stands for the PostgreSQL of the
tests. Since variables belong to the whole process, one function runs at a time.
"""

from __future__ import annotations

import io
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3
import pytest

from lambdas.environment import forget_market
from stacks.local.aws.functions import LocalFunction
from stacks.local.aws.runtime import LocalRuntime
from stacks.local.aws.service_hooks import Answer, answer

from .moto_stacks import deployable, send_events_of_buckets, supply_what_moto_lacks
from .template import Template

Json = Any

ORDER = ("Network", "Ledger", "Market", "Ingress", "Observability")
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
_one_at_a_time = threading.RLock()


class _MotosObjects:
    """Leaves objects to moto, whose buckets send events."""

    def attach(self, session: object) -> None:
        """Answer nothing."""


@dataclass
class Deployment:
    """What was deployed. Functions sign in at `ledger_url`; `resources` are physical ids by stack and logical id."""

    ledger_url: str
    resources: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    invoked: list[str] = field(default_factory=list)
    """The handlers' modules, in the order of their calls."""

    def physical(self, stack: str, start: str) -> str:
        """The one resource of a stack whose logical id begins so."""
        [found] = [value for name, value in self.resources[stack].items() if name.startswith(start)]
        return found

    def deploy(self, name: str, template: Template) -> None:
        """Create a stack. Raises AssertionError where moto did not make all that it was given."""
        client = boto3.client("cloudformation")
        body = deployable(template.body, self.outputs)
        client.create_stack(StackName=f"Atomic{name}-dev", TemplateBody=json.dumps(body))
        made = client.describe_stack_resources(StackName=f"Atomic{name}-dev")["StackResources"]
        self.resources[name] = {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in made}
        assert self.resources[name].keys() == body["Resources"].keys()
        [stack] = client.describe_stacks(StackName=f"Atomic{name}-dev")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        self.outputs |= {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        send_events_of_buckets(template.body, self.resources[name])

    def functions(self) -> dict[str, LocalFunction]:
        """Every deployed function by its physical name."""
        deployed = boto3.client("lambda").list_functions()["Functions"]
        return {
            each["FunctionName"]: LocalFunction(self._handler(each), each["Timeout"], each["MemorySize"])
            for each in deployed
        }

    def _handler(self, configuration: Mapping[str, Json]) -> Callable[[Any, Any], Any]:
        module, _, name = configuration["Handler"].rpartition(".")
        cloud = f"postgresql+iam://ledger_app@{self.outputs['ProxyEndpoint']}:5432/ledger"
        variables = {
            key: self.ledger_url if value == cloud else value
            for key, value in configuration["Environment"]["Variables"].items()
        }

        def handle(event: Any, context: Any) -> Any:
            with _one_at_a_time, _exactly(variables):
                self.invoked.append(module.removeprefix("lambdas."))
                return getattr(import_module(module), name)(event, context)

        return handle


@contextmanager
def deployed(stacks: Mapping[str, Template], home: Path, ledger_url: str) -> Iterator[Deployment]:
    """Deploy the stacks of an environment into moto for as long as the context lasts."""
    with pytest.MonkeyPatch.context() as patch:
        supply_what_moto_lacks(patch)
        runtime = LocalRuntime(home, {})
        runtime.objects = _MotosObjects()  # type: ignore[assignment]
        with runtime:
            deployment = Deployment(ledger_url)
            _bootstrap(stacks)
            for name in ORDER:
                deployment.deploy(name, stacks[name])
            runtime.catalogue.functions = deployment.functions()
            try:
                yield deployment
            finally:
                forget_market()


def answer_as_bedrock(answers: Mapping[str, Json]) -> list[Json]:
    """Let Converse answer by the name of the schema that it is held to. Returns the requests, as they come."""
    asked: list[Json] = []

    def converse(parameters: dict[str, Any]) -> Answer:
        asked.append(parameters)
        wanted = parameters["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["name"]
        text = json.dumps(answers[wanted])
        return answer(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 200, "outputTokens": 20, "totalTokens": 220},
                "metrics": {"latencyMs": 40},
            }
        )

    boto3.DEFAULT_SESSION.respond("bedrock-runtime", "Converse", converse)  # type: ignore[union-attr]
    return asked


def _bootstrap(stacks: Mapping[str, Template]) -> None:
    """What `cdk bootstrap` and the upload of assets leave behind: moto looks whether they are there, not into them."""
    boto3.client("ssm").put_parameter(Name=_BOOTSTRAP, Value="30", Type="String")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("empty.py", "")
    storage = boto3.client("s3")
    bucket = "cdk-hnb659fds-assets-123456789012-us-east-1"
    storage.create_bucket(Bucket=bucket)
    functions = [each for stack in stacks.values() for each in stack.functions().values()]
    for key in {function["Code"]["S3Key"] for function in functions}:
        storage.put_object(Bucket=bucket, Key=key, Body=packed.getvalue())


@contextmanager
def _exactly(variables: Mapping[str, str]) -> Iterator[None]:
    """Of our variables those, and no other."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("ATOMIC_")}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(before)
