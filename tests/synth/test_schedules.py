"""What the synthesised stack does by the clock."""

from __future__ import annotations

import json

from schemas.upkeep import UpkeepRequest

from .template import Template, render


def test_the_ledger_is_kept_by_the_clock(template: Template) -> None:
    """MaintainLedger sweeps every minute and does the rest once a day; both ask for what its request type knows."""
    rules = template.of_type("AWS::Events::Rule").values()
    asked = {}
    for rule in rules:
        (target,) = rule["Targets"]
        if template.meaning(render(target["Arn"])) != "lambdas.maintain_ledger.handler":
            continue
        asked[rule["ScheduleExpression"]] = UpkeepRequest.model_validate(json.loads(target["Input"])).duty

    assert asked == {"rate(1 minute)": "sweep", "cron(17 3 * * ? *)": "daily"}
