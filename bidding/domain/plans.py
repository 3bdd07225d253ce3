"""Plans that somebody else made: checked before any lot of theirs opens.

A declared lot names the lots it needs. A plan is taken as a whole or refused as a whole, with the reason: every kind
known, every name once, nothing needing what is not there or, round a corner, itself; no more lots, and no more money at
stake, than a task may have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidding.domain import declared
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import RefusedDocument
from bidding.domain.lots import DEFAULT_TERMS, PLAN_KIND, Payload, PlannedLot, Terms

LOTS_MAX = 64
DEPTH_MAX = 16
"""Waves that a task may run in."""
CEILING_MICROS_MAX = 1_000_000
"""A dollar: what all lots of a plan may come to together."""
KINDS = frozenset(DEFAULT_TERMS) - {PLAN_KIND}
"""What a plan may be made of: not of further plans."""


@dataclass(frozen=True, slots=True)
class DeclaredLot:
    """A lot as its author wrote it: its own name, and the names of those it needs.

    `ceiling_micros` is what its author sets aside for it; None leaves that to the terms of its kind.
    """

    name: str
    kind: str
    payload: Payload
    needs: tuple[str, ...] = ()
    ceiling_micros: int | None = None


def planned(
    lots: Sequence[DeclaredLot], terms: Mapping[str, Terms], budget_micros: int = CEILING_MICROS_MAX
) -> list[PlannedLot]:
    """The lots in an order in which each comes after all it needs; those that could come next keep their order.

    Raises RefusedDocument `invalid_plan`, saying what is wrong with it.
    """
    _check_each(lots)
    _check_price(lots, terms, budget_micros)
    depth: dict[str, int] = {}
    ordered: list[DeclaredLot] = []
    left = list(lots)
    while left:
        ready = [lot for lot in left if all(need in depth for need in lot.needs)]
        if not ready:
            raise _refusal(f"lots {', '.join(lot.name for lot in left)} need each other in a circle")
        for lot in ready:
            depth[lot.name] = 1 + max((depth[need] for need in lot.needs), default=0)
        ordered += ready
        left = [lot for lot in left if lot.name not in depth]
    if max(depth.values()) > DEPTH_MAX:
        raise _refusal(f"its lots wait for each other {max(depth.values())} deep; at most {DEPTH_MAX} is allowed")
    positions = {lot.name: position for position, lot in enumerate(ordered)}
    return [
        PlannedLot(lot.kind, lot.payload, tuple(sorted({positions[need] for need in lot.needs})), lot.ceiling_micros)
        for lot in ordered
    ]


def _check_each(lots: Sequence[DeclaredLot]) -> None:
    if not 1 <= len(lots) <= LOTS_MAX:
        raise _refusal(f"it has {len(lots)} lots; 1 to {LOTS_MAX} are allowed")
    names = [lot.name for lot in lots]
    for lot in lots:
        if names.count(lot.name) > 1:
            raise _refusal(f"two lots are called {lot.name!r}")
        if lot.kind not in KINDS:
            raise _refusal(f"lot {lot.name!r}: no kind {lot.kind!r}; there are {', '.join(sorted(KINDS))}")
        if lot.kind == "classify" and not lot.payload.labels:
            raise _refusal(f"lot {lot.name!r}: a classification needs labels")
        if lot.payload.output_schema is not None and lot.kind not in declared.KINDS:
            raise _refusal(f"lot {lot.name!r}: {lot.kind} has a type of its own and takes no output_schema")
        if not lot.payload.text.strip():
            raise _refusal(f"lot {lot.name!r}: there is no text, neither its own nor the job's")
        if unknown := [need for need in lot.needs if need not in names]:
            raise _refusal(f"lot {lot.name!r} needs {', '.join(unknown)}, which no lot is called")


def _check_price(lots: Sequence[DeclaredLot], terms: Mapping[str, Terms], budget_micros: int) -> None:
    """Before anything is spent: the ceilings of all lots are what the plan may come to."""
    ceiling = 0
    for lot in lots:
        usual = (terms.get(lot.kind) or DEFAULT_TERMS[lot.kind]).price_ceiling_micros
        ceiling += usual if lot.ceiling_micros is None else min(usual, lot.ceiling_micros)
    if ceiling > budget_micros:
        raise _refusal(f"its lots may come to {ceiling} micro-dollars together; at most {budget_micros} is allowed")


def _refusal(reason: str) -> RefusedDocument:
    return RefusedDocument("invalid_plan", f"the plan is refused: {reason}")
