"""The template under AWS's own linter, which knows the schemas of resources and of state machines."""

from __future__ import annotations

import json

import pytest

from .template import Template

FALSE_ALARMS = ["W3005"]  # the CDK states dependencies that references imply
REGIONS = ["eu-central-1", "us-east-1"]


def test_the_linter_finds_nothing(template: Template) -> None:
    """No error and no warning, in two regions."""
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed: install the extra `dev`")
    config = api.ManualArgs(ignore_checks=FALSE_ALARMS, regions=REGIONS)
    assert [str(match) for match in api.lint(json.dumps(template.body), config=config)] == []
