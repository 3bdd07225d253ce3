"""Settings of an environment, from context."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.settings import InvalidSettings, load_settings

from .conftest import Synthesise
from .template import ROOT

DESCRIBED: dict[str, dict[str, Any]] = json.loads((ROOT / "cdk.json").read_text())["context"]["environments"]


@pytest.mark.parametrize("environment", DESCRIBED)
def test_every_environment_of_the_context_synthesises(environment: str, synthesise: Synthesise) -> None:
    """Each environment that cdk.json describes makes a stack with functions and machines."""
    template = synthesise(environment)
    assert template.functions()
    assert template.machines()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"database_secret": "not a name"}, "database_secret"),
        ({"default_budget_micros": -1}, "default_budget_micros"),
        ({"bedrock_models": []}, "bedrock_models"),
        ({"log_retention_days": 8}, "log_retention_days"),
        ({"account": "12"}, "account"),
        ({"region": "moon"}, "region"),
        ({"budget": 1}, "budget"),
    ],
)
def test_a_malformed_setting_is_named(change: dict[str, Any], field: str) -> None:
    """The message names the environment and the field that is wrong."""
    with pytest.raises(InvalidSettings, match=f"environment 'dev': {field}: "):
        load_settings("dev", {"dev": DESCRIBED["dev"] | change})


def test_an_unknown_environment_is_refused() -> None:
    """The message lists the environments that there are."""
    with pytest.raises(InvalidSettings, match="no environment 'moon' in the context; there are: dev, prod"):
        load_settings("moon", DESCRIBED)
