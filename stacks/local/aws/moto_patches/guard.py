"""Replace a part of moto only while it reads exactly as it did when the replacement was written."""

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from stacks.local.errors import MotoChanged

_WRITTEN_FOR = "5.2.5"


def replace(owner: Any, name: str, replacement: Any, *, fingerprint: str) -> None:
    """Put `replacement` in the place of `owner.name`.

    `fingerprint` is the one of the code being replaced. Its source is compared, not moto's version number: another
    release with the same code is as good.

    Raises:
        MotoChanged: the attribute is missing or its code differs.
    """
    wrap(owner, name, lambda _: replacement, fingerprint=fingerprint)


def wrap(owner: Any, name: str, make: Callable[[Any], Any], *, fingerprint: str) -> None:
    """Put `make(original)` in the place of `owner.name`; otherwise like `replace`."""
    made = make(require(owner, name, fingerprint=fingerprint))
    setattr(owner, name, staticmethod(made) if isinstance(vars(owner).get(name), staticmethod) else made)


def require(owner: Any, name: str, *, fingerprint: str) -> Any:
    """Return `owner.name` after checking that its code is the expected one."""
    original = getattr(owner, name, None)
    if original is None:
        raise _changed(owner, name, "is missing")
    source: Any = original.fget if isinstance(original, property) else original
    found = hashlib.sha256(inspect.getsource(source).encode()).hexdigest()[:12]
    if found != fingerprint:
        raise _changed(owner, name, f"reads differently (fingerprint {found}, expected {fingerprint})")
    return original


def _changed(owner: Any, name: str, what: str) -> MotoChanged:
    return MotoChanged(
        f"moto {version('moto')} differs from {_WRITTEN_FOR}, which these patches were written for: "
        f"{getattr(owner, '__module__', '')} {getattr(owner, '__qualname__', owner)}.{name} {what}. "
        f"Install moto=={_WRITTEN_FOR}, or review the patch"
    )
