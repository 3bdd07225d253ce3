"""Settings of an environment, from context."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.functions import reserved_concurrency
from stacks.settings import InvalidSettings, load_settings

from .conftest import Synthesise
from .template import ROOT

DESCRIBED: dict[str, dict[str, Any]] = json.loads((ROOT / "cdk.json").read_text())["context"]["environments"]


@pytest.mark.parametrize("environment", DESCRIBED)
def test_every_environment_of_the_context_synthesises(environment: str, synthesise: Synthesise) -> None:
    """Each environment that cdk.json describes makes stacks with functions and machines."""
    template = synthesise(environment)["Market"]
    assert template.functions()
    assert template.machines()


@pytest.mark.parametrize("environment", DESCRIBED)
def test_an_account_of_the_usual_quota_has_what_is_reserved(environment: str, synthesise: Synthesise) -> None:
    """Every function of an environment reserves places, together at most 900 of a thousand, as the how-to says."""
    functions = [each for stack in synthesise(environment).values() for each in stack.functions().values()]
    reserved = [function["ReservedConcurrentExecutions"] for function in functions]
    assert sum(reserved) <= 1_000 - 100
    assert min(reserved) >= 1
    assert f"| `{environment}` | {sum(reserved)} |" in (ROOT / "docs/how-to/deploy.md").read_text()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, False),
        ({"concurrency": 40}, True),
        ({"concurrency": 40, "account_concurrency": 2_000}, False),
        ({"account_concurrency": 10}, True),
    ],
)
def test_more_than_the_account_may_reserve_is_named(change: dict[str, Any], wrong: bool) -> None:
    """What would fail in the middle of a deployment is refused before it, with both ways out."""
    settings = load_settings("prod", {"prod": {**DESCRIBED["prod"], **change}})
    if not wrong:
        assert reserved_concurrency(settings)["ExecuteLot"] == settings.model_concurrency
        return
    with pytest.raises(InvalidSettings, match=r"model_concurrency: the functions reserve .* account_concurrency"):
        reserved_concurrency(settings)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"egress": "both"}, "egress"),
        ({"database": {**DESCRIBED["dev"]["database"], "engine_version": "18"}}, "database.engine_version"),
        (
            {"database": {**DESCRIBED["dev"]["database"], "storage_gib_max": 20, "storage_gib": 30}},
            "Value error, database",
        ),
        ({"ingress": {"api": "none"}}, "ingress.api"),
        ({"concurrency": 0}, "concurrency"),
        ({"model_concurrency": 0}, "model_concurrency"),
        ({"account_concurrency": 9}, "account_concurrency"),
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
    with pytest.raises(InvalidSettings, match=f"environment 'dev': {field}"):
        load_settings("dev", {"dev": DESCRIBED["dev"] | change})


def test_an_unknown_environment_is_refused() -> None:
    """The message lists the environments that there are."""
    with pytest.raises(InvalidSettings, match="no environment 'moon' in the context; there are: dev, prod, sovereign"):
        load_settings("moon", DESCRIBED)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"egress": "nat"}, "egress must be endpoints"),
        ({"ingress": {"api": "public"}}, "ingress.api must be private"),
        ({"ingress": {"api": "private", "mail_domain": "mail.example.com"}}, "ingress.mail_domain must be absent"),
        ({"bedrock_scope": "geography"}, "bedrock_scope must be region"),
        ({"data_class": "public"}, "data_class must be internal or stricter"),
        ({"retain_data": False}, "retain_data must be true"),
    ],
)
def test_a_sovereign_environment_is_held_to_its_promise(change: dict[str, Any], rule: str) -> None:
    """Whatever would let data out or strangers in is refused, by name, before anything is synthesised."""
    with pytest.raises(InvalidSettings, match=f"sovereign: {rule}$"):
        load_settings("sovereign", {"sovereign": DESCRIBED["sovereign"] | change})
