"""The package of the functions, put together on this host with uv: no Docker."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
SOURCES = ("lambdas", "bidding", "schemas")
PYTHON = "3.13"
PLATFORM = "aarch64-manylinux_2_34"
"""The C library of Amazon Linux 2023. Older tags make uv choose ancient wheels without a word."""

_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


class BundlingFailed(RuntimeError):
    """The package could not be made; the message says which step and why. The operator must act."""


@jsii.implements(ILocalBundling)
class UvBundling:
    """Locked dependencies for the target platform, our sources, and bytecode for the target Python.

    Bytecode matters: without it a cold start compiles every module it imports.
    """

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Fill `output_dir`. Never declines, since there is no container to fall back on."""
        if not LOCK.is_file():
            raise BundlingFailed("requirements.lock is missing; CONTRIBUTING.md says how it is made")
        out = Path(output_dir)
        self._uv(
            *("pip", "install", "--constraint", str(LOCK), "--target", output_dir, *_core_dependencies()),
            *("--python-platform", PLATFORM, "--python-version", PYTHON, "--only-binary", ":all:"),
            *("--no-compile-bytecode", "--link-mode", "copy"),
        )
        for source in SOURCES:
            shutil.copytree(ROOT / source, out / source, ignore=_NOT_SHIPPED)
        compiler = ("python", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", output_dir)
        self._uv("run", "--no-project", "--python", PYTHON, *compiler)
        return True

    def _uv(self, *arguments: str) -> None:
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        try:
            subprocess.run([uv, "--quiet", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  fixed arguments
        except FileNotFoundError as error:
            raise BundlingFailed("uv is not installed: `pip install uv`") from error
        except subprocess.CalledProcessError as error:
            raise BundlingFailed(f"uv {arguments[0]}: {error.stderr.strip()}") from error


def handler_code() -> lambda_.Code:
    """One package for all functions. Its hash follows from what goes into it, not from when or where it was made.

    Where bundling is off the package is never made: a template from such a run is for reading, not for deploying.
    """
    return lambda_.Code.from_asset(
        str(ROOT / "lambdas"),
        asset_hash=_digest(),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(image=DockerImage.from_registry("none"), local=UvBundling()),
    )


def _core_dependencies() -> list[str]:
    """What every function needs; the extras are for other places."""
    dependencies: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return dependencies


def _digest() -> str:
    digest = hashlib.sha256(f"{PYTHON} {PLATFORM}".encode())
    for path in _shipped():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _shipped() -> Iterator[Path]:
    """Every file that decides what the package contains, in a fixed order."""
    yield Path(__file__).resolve()
    yield ROOT / "pyproject.toml"
    if LOCK.is_file():
        yield LOCK
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(ROOT).parts)
            if path.is_file() and not hidden and path.suffix != ".pyc":
                yield path
