"""Other people's routers under our protocol. Each is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.contenders import Factory

PEERS = ("paretobandit", "vowpalwabbit", "mabwiser", "litellm")


def peer(name: str) -> Factory:
    """The constructor of a peer: `create` of the module of its name.

    Raises:
        InvalidRequest: there is no such peer, or its package is not installed.
    """
    if name not in PEERS:
        raise InvalidRequest(f"no peer {name!r}; there are {', '.join(PEERS)}")
    try:
        module = import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            f"the peer {name} needs the package {error.name}: install the extra with pip install 'atomic-market[peers]'"
        ) from None
    factory: Factory = module.create
    return factory
