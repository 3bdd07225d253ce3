"""The bucket of documents in the synthesised stack."""

from __future__ import annotations

from .template import Template, render

BUCKET = "AWS::S3::Bucket"


def test_documents_are_encrypted_versioned_and_private(template: Template) -> None:
    """The documents' bucket is under our key, keeps versions, belongs to its owner and blocks all public access."""
    bucket = template.the(BUCKET, "Documents")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )


def test_documents_travel_encrypted(template: Template) -> None:
    """The bucket's policy refuses plain HTTP and TLS before 1.2, and allows one thing: mail, from one rule of SES."""
    policy = template.the("AWS::S3::BucketPolicy", "Documents")
    statements = policy["PolicyDocument"]["Statement"]
    assert [statement["Condition"] for statement in statements if statement["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": 1.2}},
    ]
    (mail,) = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert (mail["Action"], mail["Principal"]) == ("s3:PutObject", {"Service": "ses.amazonaws.com"})
    assert render(mail["Resource"]).endswith("/tenants/default/mail/*")
    rule = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:receipt-rule-set/atomic-dev:receipt-rule/store"
    assert render(mail["Condition"]["StringEquals"]["aws:SourceArn"]) == rule


def test_the_key_rotates(template: Template) -> None:
    """The documents' key gets new material every year."""
    key = template.the("AWS::KMS::Key", "Documents")
    assert key["EnableKeyRotation"] is True


def test_production_keeps_what_it_holds(template: Template, production: Template) -> None:
    """In production buckets, keys and logs outlive their stack; elsewhere they go with it."""
    for environment, policy in ((template, "Delete"), (production, "Retain")):
        kinds = {BUCKET, "AWS::KMS::Key", "AWS::Logs::LogGroup"}
        held = [resource for resource in environment.body["Resources"].values() if resource["Type"] in kinds]
        assert {resource["DeletionPolicy"] for resource in held} == {policy}
        assert {resource["UpdateReplacePolicy"] for resource in held} == {policy}
