"""The template under AWS's own linter, which knows the schemas of resources and of state machines."""

from __future__ import annotations

import json
import re

import pytest

from .conftest import ENVIRONMENTS, Synthesise

FALSE_ALARMS = {
    "W3005": "the CDK states dependencies that references imply",
    "E1022": "the linter does not know Fn::GetStackOutput, the CDK's weak reference to another stack",
}
EXPRESSION_AS_NUMBER = re.compile(
    r"\('\{% .+ %\}' is not of type '(number|integer)' at '.*/(TimeoutSeconds|ToleratedFailurePercentage)'\)"
)
"""Step Functions takes a JSONata expression where the linter's schema wants the number itself."""
REGIONS = {"dev": "us-east-1", "prod": "eu-west-1", "sovereign": "eu-central-1"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_linter_finds_nothing(environment: str, synthesise: Synthesise) -> None:
    """No error and no warning in any stack of an environment, in a region where it may be deployed."""
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed: install the extra `dev`")
    config = api.ManualArgs(ignore_checks=list(FALSE_ALARMS), regions=[REGIONS[environment]])
    for name, stack in synthesise(environment).items():
        found = [str(match) for match in api.lint(json.dumps(stack.body), config=config)]
        assert [each for each in found if not EXPRESSION_AS_NUMBER.search(each)] == [], name
