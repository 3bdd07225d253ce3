"""Signers and anchors: what the local ones promise, those of AWS promise too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from bidding.adapters.anchors import FileAnchors, S3Anchors
from bidding.adapters.kms import KmsSigner
from bidding.adapters.signing import KeyFileSigner, public_key_file, read_public_key, signed_by
from bidding.domain.errors import AnchorsUnavailable, SignerUnavailable
from bidding.domain.receipts import NO_HASH, Anchor, Receipt, Signature, SignedReceipt
from bidding.notary import Anchors, Signer

_BUCKET = "anchors"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS account in this process."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


@pytest.fixture(params=["file", "kms"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Signer:
    """An implementation of the port."""
    if request.param == "file":
        return KeyFileSigner(tmp_path / "keys" / "receipts.pem")
    request.getfixturevalue("aws")
    client = boto3.client("kms")
    key = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    return KmsSigner(key, client)


@pytest.fixture(params=["file", "s3"])
def anchors(request: pytest.FixtureRequest, tmp_path: Path) -> Anchors:
    """An implementation of the port."""
    if request.param == "file":
        return FileAnchors(tmp_path / "anchors.jsonl")
    request.getfixturevalue("aws")
    client = boto3.client("s3")
    client.create_bucket(Bucket=_BUCKET, ObjectLockEnabledForBucket=True)
    client.put_object_lock_configuration(
        Bucket=_BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    return S3Anchors(_BUCKET, "receipts/", client)


def a_receipt(batch: int, root: bytes = NO_HASH) -> SignedReceipt:
    receipt = Receipt(batch, 0, 1, 1, root, 0, NO_HASH)
    return SignedReceipt(receipt, receipt.chain_hash, Signature("ed25519", "key", b"signature"))


def test_signature(signer: Signer) -> None:
    """A signature is of its message and its key, and of no other."""
    signature = signer.sign(b"message")

    assert signature.key_id == signer.public_key().key_id
    assert signed_by(signer.public_key(), signature, b"message")
    assert not signed_by(signer.public_key(), signature, b"another")
    changed = Signature(signature.algorithm, signature.key_id, signature.value[:-1] + bytes([signature.value[-1] ^ 1]))
    assert not signed_by(signer.public_key(), changed, b"message")


def test_key_file(tmp_path: Path) -> None:
    """The key is made once, nobody else can read it, its public half lies beside it, and an open one is refused."""
    file = tmp_path / "keys" / "receipts.pem"
    first, second = KeyFileSigner(file), KeyFileSigner(file)

    assert first.public_key() == second.public_key() == read_public_key(public_key_file(file).read_bytes())
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(SignerUnavailable, match="others can read"):
        KeyFileSigner(file).sign(b"message")


def test_missing_kms_key(aws: None) -> None:
    """A key that KMS does not have is the operator's matter."""
    with pytest.raises(SignerUnavailable):
        KmsSigner("00000000-0000-0000-0000-000000000000", boto3.client("kms")).sign(b"message")


def test_anchors(anchors: Anchors) -> None:
    """The newest receipt is the one that counts, put once or twice, also where numbers get longer."""
    assert anchors.last() is None
    for batch in (*range(1, 12), 11):
        anchors.put(a_receipt(batch))

    assert anchors.last() == Anchor(11, a_receipt(11).chain_hash)


def test_anchored_objects_are_locked(aws: None) -> None:
    """An anchor in S3 cannot be deleted for good: every version of it is kept in compliance mode."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=_BUCKET, ObjectLockEnabledForBucket=True)
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    client.put_object_lock_configuration(Bucket=_BUCKET, ObjectLockConfiguration=rule)  # type: ignore[arg-type]
    S3Anchors(_BUCKET, "receipts/", client).put(a_receipt(1))

    (version,) = client.list_object_versions(Bucket=_BUCKET)["Versions"]
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket=_BUCKET, Key=version["Key"], VersionId=version["VersionId"])


def test_anchor_cut_short(tmp_path: Path) -> None:
    """A line that a crash cut short is not an anchor, and the next one stands on a line of its own."""
    file = tmp_path / "anchors.jsonl"
    anchors = FileAnchors(file)
    anchors.put(a_receipt(1))
    with file.open("ab") as out:
        out.write(b'{"receipt":')

    assert anchors.last() == Anchor(1, a_receipt(1).chain_hash)
    anchors.put(a_receipt(2))
    assert anchors.last() == Anchor(2, a_receipt(2).chain_hash)


def test_no_anchors(tmp_path: Path, aws: None) -> None:
    """A place that cannot be reached is told, and is not taken for an empty one."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AnchorsUnavailable):
        FileAnchors(tmp_path / "file" / "anchors.jsonl").last()
    with pytest.raises(AnchorsUnavailable):
        S3Anchors("no-such-bucket", "receipts/", boto3.client("s3")).last()
