"""Signatures by AWS KMS: the private key never leaves it, and CloudTrail records every use."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

from bidding.adapters.aws import client_errors
from bidding.domain.errors import SignerUnavailable
from bidding.domain.receipts import PublicKey, Signature


class KmsClient(Protocol):
    """The two operations of boto3's KMS client that are used here."""

    def sign(self, **request: Any) -> dict[str, Any]:
        """See KMS, Sign."""

    def get_public_key(self, **request: Any) -> dict[str, Any]:
        """See KMS, GetPublicKey."""


class KmsSigner:
    """A key of spec ECC_NIST_P256 and usage SIGN_VERIFY, by its id or ARN."""

    def __init__(self, key: str, client: KmsClient) -> None:
        self._key = key
        self._client = client

    def sign(self, message: bytes) -> Signature:
        """Sign; the message must fit into the 4,096 bytes that KMS hashes itself. Raises SignerUnavailable."""
        try:
            answer = self._client.sign(
                KeyId=self._key, Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
            )
        except client_errors() as error:
            raise SignerUnavailable(f"KMS key {self._key}: {error}") from error
        return Signature("ecdsa-p256-sha256", self.public_key().key_id, answer["Signature"])

    def public_key(self) -> PublicKey:
        """The key that verifies. Raises SignerUnavailable."""
        return self._public_key

    @cached_property
    def _public_key(self) -> PublicKey:
        try:
            return PublicKey(self._client.get_public_key(KeyId=self._key)["PublicKey"])
        except client_errors() as error:
            raise SignerUnavailable(f"KMS key {self._key}: {error}") from error
