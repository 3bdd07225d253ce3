"""The compliance report of a synthesis: every rule that was set aside, where, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from stacks.acknowledge import acknowledged

FINDINGS = "validation-report.json"
"""What the plugins of the CDK write themselves: every finding, and those that were set aside."""
REPORT = "compliance.md"
_WITHOUT_FINDINGS = ("AwsSolutions", "Serverless", "NIST.800.53.R5", "CloudFormation Validate")


def write_report(app: cdk.App, outdir: Path) -> Path:
    """Write the readable report beside the templates and return its path."""
    path = outdir / REPORT
    path.write_text(_text(app, outdir))
    return path


def findings(outdir: Path) -> dict[str, int]:
    """How many findings each pack has that nobody explained; a pack that found nothing has 0."""
    counted = dict.fromkeys(_WITHOUT_FINDINGS, 0)
    for pack in _packs(outdir):
        counted[pack["pluginName"]] = sum(len(each["violatingConstructs"]) for each in pack["violations"])
    return counted


def _text(app: cdk.App, outdir: Path) -> str:
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in acknowledged(app):
        reasons[each.rule.partition("::")[2], each.reason].append(each.path or "everywhere")
    set_aside = _set_aside(outdir)
    lines = ["# Compliance", "", "| pack | unexplained findings |", "| --- | --- |"]
    lines += [f"| {name} | {count} |" for name, count in findings(outdir).items()]
    lines += ["", "| rule set aside | findings | reason | where |", "| --- | --- | --- | --- |"]
    for (rule, reason), places in sorted(reasons.items()):
        where = places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"
        lines.append(f"| `{rule}` | {set_aside.get(rule, 0)} | {reason} | {where} |")
    return "\n".join(lines) + "\n"


def _set_aside(outdir: Path) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for pack in _packs(outdir):
        for each in pack.get("suppressedViolations", []):
            counted[each["ruleName"]] += len(each["violatingConstructs"])
    return counted


def _packs(outdir: Path) -> list[dict[str, Any]]:
    path = outdir / FINDINGS
    reports: list[dict[str, Any]] = json.loads(path.read_text())["pluginReports"] if path.is_file() else []
    return reports
