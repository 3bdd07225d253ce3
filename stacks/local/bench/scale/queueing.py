"""A discrete-event simulation of visitors that wait for each other: so many places of each, first come first served.

A visitor goes through steps: it takes a place, keeps it while it works or waits for others, and gives it back. Holding
one place while waiting for another is what makes a slow database fill up the functions in front of it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Step = tuple[Literal["take", "give"], str] | tuple[Literal["work"], float]
"""Take or give back a place of a resource, or work so many seconds."""


@dataclass
class Resource:
    """So many places. Seconds are added up over all visitors."""

    places: int
    taken: int = 0
    waiting: deque[tuple[float, int]] = field(default_factory=deque)
    waits: list[float] = field(default_factory=list)
    busy_seconds: float = 0.0
    _changed_at: float = 0.0

    def passes(self, now: float) -> None:
        """Count the time that its places were taken until now."""
        self.busy_seconds += self.taken * (now - self._changed_at)
        self._changed_at = now

    def utilisation(self, seconds: float) -> float:
        """Share of its places that was taken over a time."""
        return self.busy_seconds / (self.places * seconds)


@dataclass(frozen=True)
class Run:
    """What came of a simulation: how long each visitor that came through took, and the resources as they ended."""

    sojourns: list[float]
    resources: dict[str, Resource]
    seconds: float
    unfinished: int


def simulate(arrivals: Sequence[float], steps: Sequence[Step], places: dict[str, int], until: float) -> Run:
    """Let visitors arrive at these times, in order, and go through `steps`; stop looking at `until` seconds."""
    resources = {name: Resource(number) for name, number in places.items()}
    events = [(at, visitor, 0) for visitor, at in enumerate(arrivals)]
    heapq.heapify(events)
    sojourns: list[float] = []
    parked: dict[int, int] = {}  # where visitors that wait go on
    while events and events[0][0] <= until:
        now, visitor, position = heapq.heappop(events)
        while position < len(steps):
            step = steps[position]
            if step[0] == "work":
                heapq.heappush(events, (now + step[1], visitor, position + 1))
                break
            resource = resources[step[1]]
            resource.passes(now)
            if step[0] == "take":
                if resource.taken >= resource.places:
                    resource.waiting.append((now, visitor))
                    parked[visitor] = position + 1
                    break
                resource.taken += 1
                resource.waits.append(0.0)
            elif resource.waiting:
                since, next_visitor = resource.waiting.popleft()
                resource.waits.append(now - since)
                heapq.heappush(events, (now, next_visitor, parked.pop(next_visitor)))
            else:
                resource.taken -= 1
            position += 1
        else:
            sojourns.append(now - arrivals[visitor])
    for resource in resources.values():
        resource.passes(until)
        resource.waits.extend(until - since for since, _ in resource.waiting)
    return Run(sojourns, resources, until, len(arrivals) - len(sojourns))
