"""Signatures of receipts: a local Ed25519 key, and the check of any signature that a receipt may carry.

The package `cryptography` comes with the extra `local`, and is imported only by who signs locally or verifies.

Source: RFC 8032 (Ed25519), FIPS 186-5 (ECDSA on P-256).
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bidding.domain.errors import InvalidRequest, SignerUnavailable
from bidding.domain.receipts import PublicKey, Signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class KeyFileSigner:
    """A private key in a file that only its owner can read; made at the first use. Its public half lies beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def sign(self, message: bytes) -> Signature:
        """Sign. Raises SignerUnavailable where the file is not a key of ours, or others can read it."""
        return Signature("ed25519", self.public_key().key_id, self._key.sign(message))

    def public_key(self) -> PublicKey:
        """The key that verifies. Raises SignerUnavailable."""
        return self._public_key

    @cached_property
    def _public_key(self) -> PublicKey:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

        return PublicKey(self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

        try:
            with suppress(FileExistsError):
                _create(self._file)
            if self._file.stat().st_mode & 0o077:
                raise SignerUnavailable(f"others can read {self._file}: `chmod 600` it")
            key = load_pem_private_key(self._file.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise SignerUnavailable(f"{self._file} holds no usable key: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SignerUnavailable(f"{self._file} holds no Ed25519 key")
        return key


def signed_by(key: PublicKey, signature: Signature, message: bytes) -> bool:
    """Whether the key made this signature of these bytes."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import (  # noqa: PLC0415
        ECDSA,
        SECP256R1,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        public = load_der_public_key(key.der)
        if signature.algorithm == "ed25519" and isinstance(public, Ed25519PublicKey):
            public.verify(signature.value, message)
            return True
        if (
            signature.algorithm == "ecdsa-p256-sha256"
            and isinstance(public, EllipticCurvePublicKey)
            and isinstance(public.curve, SECP256R1)
        ):
            public.verify(signature.value, message, ECDSA(SHA256()))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def read_public_key(pem: bytes) -> PublicKey:
    """A public key from its PEM text. Raises InvalidRequest."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise InvalidRequest(f"no public key in PEM: {error}") from error
    return PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def public_key_file(private: Path) -> Path:
    """Where the public half of a key file lies."""
    return private.with_suffix(".pub.pem")


def _create(file: Path) -> None:
    """Write a new key, unless there is a file. Readable by nobody else at any moment, and whole or not there."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    if file.exists():
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    try:
        os.link(draft, file)  # fails where another process was quicker
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        public_key_file(file).write_bytes(public)
    finally:
        draft.unlink()
