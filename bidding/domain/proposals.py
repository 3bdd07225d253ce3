"""Plans that a seat proposes: for a document of a type that nobody wrote a decomposer for.

The plan is the answer to a lot like any other, of kind `decompose`: auctioned, paid, settled, explained. Its lots are
numbered from 1, each with a kind, a section of the document, the lots whose outputs it is given, and what may be spent
on it. It is checked as a whole twice: when it is answered, so that a bad one counts as a failed answer and the next
seat is asked, and again before its lots open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from bidding.domain.errors import InvalidRequest, RefusedDocument
from bidding.domain.lots import PLAN_KIND, Label, Payload, PlannedLot, Terms
from bidding.domain.plans import DeclaredLot, planned
from bidding.domain.records import JsonObject
from bidding.domain.sections import sections

PROPOSED_LOTS_MAX = 12
BUDGET_MICROS = 10_000
"""A cent: what the lots of a proposed plan may come to together."""
GLIMPSE_CHARS = 500
"""What a planner sees of each section."""
KINDS = (
    Label("classify", "say which label fits the section"),
    Label("extract", "list people, dates, sums and requests of the section"),
    Label("summarise", "say in a sentence or two what the section says"),
)
"""What a proposal may use. A document has no sender: nobody is answered."""


def planning_lot(base: Payload, text: str, wanted: frozenset[str]) -> PlannedLot:
    """The lot that asks for a plan of `text`, made of the kinds `wanted` (empty: of all that there are)."""
    parts = sections(text)
    glimpses = [f"Section {number}:\n{part[:GLIMPSE_CHARS]}" for number, part in enumerate(parts, start=1)]
    payload = replace(
        base,
        part="plan",
        text="\n\n".join(glimpses),
        labels=tuple(kind for kind in KINDS if not wanted or kind.name in wanted),
        sections=len(parts),
        budget_micros=BUDGET_MICROS,
    )
    return PlannedLot(PLAN_KIND, payload)


def check_proposal(proposal: JsonObject, asked: Payload) -> None:
    """Raises InvalidRequest where a proposal could not be followed, whatever the document says."""
    steps = _steps(proposal)
    offered = {label.name for label in asked.labels}
    for number, step in enumerate(steps, start=1):
        if step["kind"] not in offered:
            raise InvalidRequest(f"lots.{number}.kind: {step['kind']!r} is none of {', '.join(sorted(offered))}")
        if not 1 <= cast("int", step["section"]) <= asked.sections:
            raise InvalidRequest(f"lots.{number}.section: {step['section']} is none of 1 to {asked.sections}")
    if len(steps) > PROPOSED_LOTS_MAX:
        raise InvalidRequest(f"lots: {len(steps)} of them; at most {PROPOSED_LOTS_MAX} are allowed")
    stand_in = Payload(part="", text="any", labels=asked.labels)
    try:
        planned([_declared(n, step, stand_in) for n, step in enumerate(steps, start=1)], {}, asked.budget_micros)
    except RefusedDocument as refused:
        raise InvalidRequest(refused.detail) from None


def proposed_lots(
    proposal: JsonObject, base: Payload, text: str, labels: tuple[Label, ...], terms: Mapping[str, Terms]
) -> list[PlannedLot]:
    """The lots of a proposal. Raises RefusedDocument `invalid_plan` where it cannot be followed, as a whole."""
    asked = planning_lot(base, text, frozenset()).payload
    try:
        check_proposal(proposal, asked)
    except InvalidRequest as error:
        raise RefusedDocument("invalid_plan", str(error)) from None
    parts = sections(text)
    declared = []
    for number, step in enumerate(_steps(proposal), start=1):
        section = cast("int", step["section"])
        payload = replace(
            base,
            part="body" if len(parts) == 1 else f"body, section {section} of {len(parts)}",
            text=parts[section - 1],
            labels=labels if step["kind"] == "classify" else (),
        )
        declared.append(_declared(number, step, payload))
    return planned(declared, terms, BUDGET_MICROS)


def _declared(number: int, step: JsonObject, payload: Payload) -> DeclaredLot:
    needs = tuple(str(need) for need in cast("list[int]", step.get("needs") or []))
    return DeclaredLot(str(number), str(step["kind"]), payload, needs, cast("int", step["budget_micros"]))


def _steps(proposal: JsonObject) -> list[JsonObject]:
    return cast("list[JsonObject]", proposal["lots"])
