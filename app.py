"""The cloud application: `cdk deploy`, or `python app.py` to synthesise into `cdk.out` without an account."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from stacks.market import MarketStack
from stacks.settings import load_settings

ROOT = Path(__file__).resolve().parent


def project_context() -> dict[str, Any]:
    """The context in `cdk.json`, which `App` alone does not read, with bundling off.

    The CDK command line passes its own context, which wins: it turns bundling on for the stacks it deploys.
    """
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {**context, "aws:cdk:bundling-stacks": []}


def build_app(outdir: str, **overrides: str) -> cdk.App:
    """The application of the environment that the context names, or `overrides`. Calls no AWS service."""
    app = cdk.App(outdir=outdir, context={**project_context(), **overrides})
    environments = app.node.get_context("environments")
    settings = load_settings(app.node.get_context("environment"), environments)
    MarketStack(
        app,
        f"AtomicMarket-{settings.environment}",
        settings=settings,
        env=cdk.Environment(account=settings.account, region=settings.region),
    )
    cdk.Tags.of(app).add("application", "atomic")
    cdk.Tags.of(app).add("environment", settings.environment)
    return app


if __name__ == "__main__":
    build_app(outdir=os.environ.get("CDK_OUTDIR", "cdk.out")).synth()
