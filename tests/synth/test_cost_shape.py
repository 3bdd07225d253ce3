"""What `atomic cost` reckons with is what is deployed."""

from __future__ import annotations

import json

from stacks.local.catalogues import custom_metrics
from stacks.local.machines import snake

from .conftest import Synthesise
from .template import ROOT, Template

SHAPE = json.loads((ROOT / "stacks/local/cost/shape.json").read_text())


def test_memory_is_that_of_the_functions(template: Template) -> None:
    """Every function of the workflow has the memory that its GB-seconds are reckoned with."""
    functions = template.functions()
    told = {name: function["memory_mb"] for name, function in SHAPE["functions"].items()}
    assert told == {name: functions[snake(name)]["MemorySize"] for name in told}


def test_metrics_and_alarms_are_counted(synthesise: Synthesise) -> None:
    """Custom metrics are those of the catalogue with eight seats, alarm metrics those that the alarms read."""
    alarms = synthesise("dev")["Observability"].of_type("AWS::CloudWatch::Alarm").values()
    read = sum(
        len([each for each in alarm["Metrics"] if "MetricStat" in each]) if "Metrics" in alarm else 1
        for alarm in alarms
    )
    assert SHAPE["custom_metrics"] == custom_metrics(8)
    assert SHAPE["alarm_metrics"] == read


def test_what_stands_by_the_hour_is_counted(synthesise: Synthesise) -> None:
    """The database's class, the endpoints' zones and the keys are those of the environment `dev`."""
    stacks = synthesise("dev")
    endpoints = stacks["Network"].of_type("AWS::EC2::VPCEndpoint").values()
    (database,) = stacks["Ledger"].of_type("AWS::RDS::DBInstance").values()

    assert SHAPE["interface_endpoints"] == sum(len(endpoint.get("SubnetIds", ())) for endpoint in endpoints)
    assert SHAPE["database_class"] == database["DBInstanceClass"]
    assert SHAPE["keys"] == sum(len(stack.of_type("AWS::KMS::Key")) for stack in stacks.values())
