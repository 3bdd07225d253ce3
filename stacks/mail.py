"""Mail: what SES receives for the domain becomes an object, and the object a task."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, CfnOutput, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from constructs import Construct

from stacks.settings import Settings


class ReceivedMail(Construct):
    """A rule set of one rule. SES scans for spam and viruses and writes its verdicts, DMARC's too, on top of the mail.

    The rule takes everything and drops nothing: what the verdicts mean is decided where a refusal is kept and can be
    looked up, in IngestTask. A rule set receives nothing before somebody makes it the active one of its region.
    """

    def __init__(self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        ingress = settings.ingress
        name = rule_set_name(settings)
        rules = ses.CfnReceiptRuleSet(self, "Rules", rule_set_name=name)
        store = ses.CfnReceiptRule.S3ActionProperty(
            bucket_name=bucket.bucket_name, object_key_prefix=f"tenants/{ingress.mail_tenant}/mail/"
        )
        rule = ses.CfnReceiptRule(
            self,
            "Store",
            rule_set_name=name,
            rule=ses.CfnReceiptRule.RuleProperty(
                name=RULE,
                enabled=True,
                scan_enabled=True,
                tls_policy="Require",
                recipients=[ingress.mail_domain] if ingress.mail_domain else [],
                actions=[ses.CfnReceiptRule.ActionProperty(s3_action=store)],
            ),
        )
        rule.add_resource_dependency(rules)
        CfnOutput(self, "RuleSet", value=name)


RULE = "store"


def rule_set_name(settings: Settings) -> str:
    """What the rule set of an environment is called."""
    return f"atomic-{settings.environment}"


def receipt_rule_arn(scope: Construct, settings: Settings) -> str:
    """The rule whose mails the bucket takes: SES names it when it writes."""
    return Stack.of(scope).format_arn(
        service="ses",
        account=Aws.ACCOUNT_ID,
        resource="receipt-rule-set",
        resource_name=f"{rule_set_name(settings)}:receipt-rule/{RULE}",
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
