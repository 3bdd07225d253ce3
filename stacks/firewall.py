"""The firewall in front of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_kms as kms
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from stacks.retention import add_log_group
from stacks.settings import Settings

_MANAGED: Mapping[str, Sequence[str]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": ("JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"),
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "EC2MetaDataSSRF_BODY",
    ),
}
"""Rule groups of AWS, and the rules of each that only count.

Those look for HTML, addresses and code in a body and forbid long ones: a mail has all of it, and is a task.
"""
_REQUESTS_PER_FIVE_MINUTES = 2_000


class Firewall(Construct):
    """Refuses known attackers, known attacks, and addresses that ask too often. Its log redacts who signed in how."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: apigateway.Stage, key: kms.IKey, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        managed = [_managed(at, name, counted) for at, (name, counted) in enumerate(_MANAGED.items(), start=1)]
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=f"atomic-{settings.environment}",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible("atomic"),
            rules=[_rate(0), *managed],
        )
        wafv2.CfnWebACLAssociation(self, "OfApi", resource_arn=stage.stage_arn, web_acl_arn=self.acl.attr_arn)
        logs = add_log_group(self, "Logs", f"aws-waf-logs-atomic-{settings.environment}", settings, key)
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[logs.log_group_arn],
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
                for name in ("authorization", "x-api-key")
            ],
        )


def _rate(priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name="rate",
        priority=priority,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=_REQUESTS_PER_FIVE_MINUTES
            )
        ),
        visibility_config=_visible("rate"),
    )


def _managed(priority: int, name: str, counted: Sequence[str]) -> wafv2.CfnWebACL.RuleProperty:
    count = wafv2.CfnWebACL.RuleActionProperty(count={})
    group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS",
        name=name,
        rule_action_overrides=[
            wafv2.CfnWebACL.RuleActionOverrideProperty(name=each, action_to_use=count) for each in counted
        ],
    )
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_visible(name),
    )


def _visible(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
