"""What makes receipts trustworthy in the synthesised stack."""

from __future__ import annotations

import json

from .template import Template, render


def test_anchors_cannot_be_taken_back(template: Template, production: Template) -> None:
    """Anchors are locked in compliance mode from the moment they are written, in production for ten years."""
    for environment, days in ((template, 1), (production, 3_650)):
        bucket = environment.the("AWS::S3::Bucket", "ReceiptsAnchors")
        retention = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        assert (bucket["ObjectLockEnabled"], retention) == (True, {"Mode": "COMPLIANCE", "Days": days})
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_the_key_only_signs(template: Template) -> None:
    """The signing key is an elliptic one that KMS never gives out, apart from the documents' key."""
    key = template.the("AWS::KMS::Key", "ReceiptsKey")
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


def test_sealing_runs_every_minute(template: Template) -> None:
    """A rule calls SealReceipts once a minute: no committed row waits longer for its receipt."""
    rule = template.the("AWS::Events::Rule", "Receipts")
    (target,) = rule["Targets"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert template.meaning(render(target["Arn"])) == "lambdas.seal_receipts.handler"
    assert json.loads(target["Input"]) == {"version": 1}
