"""What `atomic cost` and `atomic bench scale` reckon with is what is deployed, and what their pages print."""

from __future__ import annotations

import json
import re

import pytest

from stacks.local.bench.scale.market import measured
from stacks.local.catalogues import custom_metrics
from stacks.local.cost.model import ORCHESTRATIONS, Line, Load, bill, total
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


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_simulation_has_the_places_that_are_reserved(environment: str, synthesise: Synthesise) -> None:
    """Every function has the concurrency that the simulation gives it; the database is of the class it reckons with."""
    stacks, told = synthesise(environment), measured()["environments"][environment]
    reserved = {module: each["ReservedConcurrentExecutions"] for module, each in stacks["Market"].functions().items()}
    (database,) = stacks["Ledger"].of_type("AWS::RDS::DBInstance").values()
    (group,) = stacks["Ledger"].of_type("AWS::RDS::DBProxyTargetGroup").values()
    share = group["ConnectionPoolConfigurationInfo"]["MaxConnectionsPercent"] / 100

    assert reserved.pop("execute_lot") == told["model_concurrency"]
    assert set(reserved.values()) == {told["concurrency"]}
    assert {snake(name) for name in SHAPE["functions"]} - {"execute_lot"} <= reserved.keys()
    assert database["DBInstanceClass"] == told["database_class"]
    assert told["connections"] == pytest.approx(share * told["memory_gib"] * 2**30 / 9_531_392, rel=0.01)


def test_the_page_of_costs_has_the_bill() -> None:
    """docs/concepts/cost.md has every line of the bill that the command at its top prints, and the two sums."""
    page = (ROOT / "docs/concepts/cost.md").read_text()
    load = Load(lots=1_000_000, mix={"amazon.nova-micro-v1:0": 0.9, "amazon.nova-lite-v1:0": 0.1})
    bills = [bill(load, way) for way in ORCHESTRATIONS]
    rows = dict(re.findall(r"^\| \**([^|*]+?)\** +\| (.*) \|$", page, re.MULTILINE))

    expected = {name: " | ".join(_cell(each, name) for each in bills) for name in _names(bills)}
    for name, fixed in (("grows with the lots", False), ("fixed", True)):
        expected[name] = " | ".join(f"**{total(each, fixed=fixed):,.2f}**" for each in bills)
    assert {name: row for name, row in rows.items() if name not in {"line", "---"}} == expected

    watched = {line.name: line for line in bills[1]}
    grows = sum(watched[name].usd for name in ("logs, GB", "logs kept, GB-months", "traces"))
    stands = sum(watched[name].usd for name in ("custom metrics", "alarms", "dashboard"))
    assert f"together: {grows:.2f} dollars for a million lots, and {stands:.2f} a month" in page


def _names(bills: list[list[Line]]) -> list[str]:
    return list(dict.fromkeys(line.name for lines in bills for line in lines))


def _cell(lines: list[Line], name: str) -> str:
    return next((f"{line.usd:,.2f}" for line in lines if line.name == name), "")
