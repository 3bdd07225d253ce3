"""The cloud application: `cdk deploy`, or `python app.py` to synthesise into `cdk.out` without an account.

`python app.py dev prod` synthesises those environments, each into a folder of its own, and says what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from stacks.compliance import write_report
from stacks.ingress import IngressStack
from stacks.ledger import LedgerStack
from stacks.market import MarketStack
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.rules import add_rules
from stacks.settings import load_settings

ROOT = Path(__file__).resolve().parent


def project_context() -> dict[str, Any]:
    """The context in `cdk.json`, which `App` alone does not read, with bundling off.

    The CDK command line passes its own context, which wins: it turns bundling on for the stacks it deploys.
    """
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {**context, "aws:cdk:bundling-stacks": []}


def build_app(outdir: str, *, rules: bool = True, **overrides: Any) -> cdk.App:
    """The application of the environment that the context or `overrides` name, held to `rules`. Asks AWS nothing."""
    app = cdk.App(outdir=outdir, context={**project_context(), **overrides})
    environments = app.node.get_context("environments")
    settings = load_settings(app.node.get_context("environment"), environments)
    env = cdk.Environment(account=settings.account, region=settings.region)
    name = settings.environment
    network = NetworkStack(app, f"AtomicNetwork-{name}", settings=settings, env=env)
    ledger = LedgerStack(app, f"AtomicLedger-{name}", network=network, settings=settings, env=env)
    market = MarketStack(app, f"AtomicMarket-{name}", network=network, ledger=ledger, settings=settings, env=env)
    IngressStack(app, f"AtomicIngress-{name}", network=network, market=market, settings=settings, env=env)
    market.add_stack_dependency(ledger, "the schema is current before anything uses it")
    ObservabilityStack(app, f"AtomicObservability-{name}", market=market, settings=settings, env=env)
    for tag, value in (("application", "atomic"), ("environment", name)):
        cdk.Tags.of(app).add(tag, value, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])  # takes none
    if rules:
        add_rules(app)
    return app


def synthesise(outdir: Path, **overrides: Any) -> None:
    """Synthesise under all rules, write the compliance report beside the templates, say what was made."""
    started = time.perf_counter()
    app = build_app(str(outdir), **overrides)
    stacks = app.synth().stacks
    report = write_report(app, outdir)
    resources = {stack.stack_name: len(stack.template["Resources"]) for stack in stacks}
    seconds = time.perf_counter() - started
    told = ", ".join(f"{name} {count}" for name, count in sorted(resources.items()))
    print(f"{sum(resources.values())} resources in {seconds:.1f} s: {told}; {report}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    out = Path(os.environ.get("CDK_OUTDIR", "cdk.out"))
    for named in sys.argv[1:]:
        synthesise(out / named, environment=named)
    if not sys.argv[1:]:
        synthesise(out)
