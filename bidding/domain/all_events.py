"""Every event there is, for catalogues and for promises about all of them. Who reports a few imports those."""

from __future__ import annotations

from types import ModuleType

from bidding.domain import approval_events, events, lot_events, policy_events, task_events, upkeep_events
from bidding.domain.events import MarketEvent

_MODULES: tuple[ModuleType, ...] = (task_events, lot_events, policy_events, approval_events, events, upkeep_events)
EVENTS: tuple[type[MarketEvent], ...] = tuple(
    found
    for module in _MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, MarketEvent) and found.__module__ == module.__name__
    if not found.__subclasses__()
)
"""By module, in the order in which they stand there. What others are made from is reported by nobody."""
