"""Other people's routers under our protocol. Each is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.contenders import Contender, Setup

_MODULES = {
    "paretobandit": "paretobandit",
    "vowpalwabbit": "vowpalwabbit",
    "mabwiser": "mabwiser",
    "litellm": "litellm",
}
PEERS = tuple(_MODULES)


def peer(name: str) -> Callable[[Setup], Contender]:
    """The constructor of a peer.

    Raises:
        InvalidRequest: there is no such peer, or its package is not installed.
    """
    if name not in _MODULES:
        raise InvalidRequest(f"no peer {name!r}; there are {', '.join(PEERS)}")
    try:
        module = import_module(f"{__name__}.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            f"the peer {name} needs the package {error.name}: install the extra with pip install 'atomic-market[peers]'"
        ) from None
    factory: Callable[[Setup], Contender] = module.create
    return factory
