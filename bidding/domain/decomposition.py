"""Which microtasks a document calls for: a registered decomposer for every type of it.

A job says itself. For a text of unknown type a seat is asked for a plan; where none is to be had, the default plan is
followed, which is that of a mail without a sender. The plan of an email follows from the message; there is no template.

Every readable mail is classified. Beyond that: long text is summarised, in sections where it is too long for
one prompt; quoted history is summarised apart; facts are extracted where a person could act on them; each
readable attachment is summarised or mined; a reply is drafted only where one could reach a person who asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import RefusedDocument
from bidding.domain.lots import Label, Payload, PlannedLot, TaskOptions
from bidding.domain.messages import Attachment, Message
from bidding.domain.plans import planned
from bidding.domain.proposals import planning_lot, proposed_lots
from bidding.domain.records import JsonObject
from bidding.domain.sections import SECTION_CHARS, sections

SHORT_CHARS = 1_200
WORTH_A_SUMMARY_CHARS = 500
WORTH_A_HISTORY_CHARS = 160
ATTACHMENTS_MAX = 5

INBOX_LABELS = (
    Label("request", "the sender asks the recipient to do or send something"),
    Label("question", "the sender asks for information and expects an answer"),
    Label("meeting", "arranging, moving or cancelling a meeting, call or appointment"),
    Label("invoice", "an invoice, bill, payment, expense or price quote"),
    Label("complaint", "the sender is unhappy with a product, service or person"),
    Label("notification", "an automatic notice such as a shipment, booking or system message"),
    Label("newsletter", "news or marketing sent to many people"),
    Label("personal", "a private or friendly message without business"),
    Label("application", "a job application, recruiting or hiring"),
    Label("security", "a security alert, a password matter, or a fraud or phishing attempt"),
    Label("auto_reply", "an automatic answer such as an out-of-office note"),
    Label("bounce", "a report that a message could not be delivered"),
)

_ASKS = re.compile(
    r"[?？؟]\s|[?？؟]$|\b(please|could you|can you|let me know|bitte|könnten sie|s'il vous pla[iî]t|svp|pourriez"
    r"|por favor|podr[ií]a|puede|per favore|potrebbe|alstublieft|graag|proszę|prosimy)\b|ください|お願い|でしょうか|请",
    re.IGNORECASE | re.MULTILINE,
)
_FACTS = re.compile(r"\d|[€$£¥]")


@dataclass
class _Plan:
    """Lots in the making; positions are handed out in order."""

    lots: list[PlannedLot]

    def add(self, kind: str, payload: Payload, *needs: int) -> int:
        self.lots.append(PlannedLot(kind, payload, needs))
        return len(self.lots) - 1


def decompose(message: Message, options: TaskOptions) -> list[PlannedLot]:
    """Plan the lots of a document by its type: see DECOMPOSERS.

    Raises RefusedDocument where there is nothing to work on, or where a declared plan cannot be followed.
    """
    return DECOMPOSERS[task_type(message)](message, options)


def task_type(message: Message) -> TaskType:
    """A job declares its lots, a text of unknown type has them proposed; everything else is read like mail."""
    if message.declared:
        return "job"
    return "document" if message.unknown else "mail"


def decompose_job(message: Message, options: TaskOptions) -> list[PlannedLot]:
    """The lots that a job declares, of the kinds wanted. Raises RefusedDocument `invalid_plan`, `nothing_to_do`."""
    return _wanted(planned(message.declared, options.terms), options)


def decompose_mail(message: Message, options: TaskOptions) -> list[PlannedLot]:
    """Plan the lots of one email.

    Raises RefusedDocument `no_content` where there is nothing to work on.
    """
    base = _base_payload(message)
    plan = _Plan([])
    text = message.text.strip()
    opening = text[:SHORT_CHARS] or message.subject
    if opening.strip():
        labels = options.labels or INBOX_LABELS
        plan.add("classify", replace(base, part="body", text=opening, labels=labels))
    context = list(range(len(plan.lots)))
    if len(text) >= WORTH_A_SUMMARY_CHARS:
        context.append(_summarise(plan, base, "body", text))
    if len(message.history.strip()) >= WORTH_A_HISTORY_CHARS:
        context.append(_summarise(plan, base, "history", message.history.strip()))
    if _worth_extracting(message, text):
        context.append(plan.add("extract", replace(base, part="body", text=text[:SECTION_CHARS])))
    readable = [attachment for attachment in message.attachments if attachment.text and attachment.text.strip()]
    context.extend(_attachment(plan, base, attachment) for attachment in readable[:ATTACHMENTS_MAX])
    if message.may_be_answered and text and _ASKS.search(text):
        plan.add("draft", replace(base, part="body", text=text[:SHORT_CHARS]), *context)
    if not plan.lots:
        raise RefusedDocument("no_content", "nothing in this message can be read: no subject, text or text attachment")
    return _wanted(plan.lots, options)


def decompose_document(message: Message, options: TaskOptions) -> list[PlannedLot]:
    """One lot, which asks for the plan of the others: see `follow_proposal`.

    Raises RefusedDocument where not even the default plan has a lot.
    """
    decompose_mail(message, options)
    return [planning_lot(_base_payload(message), message.text.strip(), options.kinds)]


def follow_proposal(message: Message, options: TaskOptions, proposal: JsonObject | None) -> list[PlannedLot]:
    """The lots of a proposed plan, or of the default one where there is None. Raises RefusedDocument `invalid_plan`."""
    if proposal is None:
        return decompose_mail(message, options)
    labels = options.labels or INBOX_LABELS
    lots = proposed_lots(proposal, _base_payload(message), message.text.strip(), labels, options.terms)
    return _wanted(lots, options)


TaskType = Literal["mail", "job", "document"]
DECOMPOSERS: Mapping[TaskType, Callable[[Message, TaskOptions], list[PlannedLot]]] = {
    "mail": decompose_mail,
    "job": decompose_job,
    "document": decompose_document,
}
"""Who takes a document of which type apart."""


def _wanted(planned_lots: list[PlannedLot], options: TaskOptions) -> list[PlannedLot]:
    lots = _only(planned_lots, options.kinds)
    if not lots:
        wanted = ", ".join(sorted(options.kinds))
        raise RefusedDocument("nothing_to_do", f"this message calls for none of the kinds asked for: {wanted}")
    return lots


def _base_payload(message: Message) -> Payload:
    sender = message.sender
    return Payload(
        part="body",
        text="",
        subject=message.subject[:300],
        sender=(sender.name or sender.email)[:200] if sender else "",
        sent_on=message.sent_at.date().isoformat() if message.sent_at else None,
        language=message.language,
        address=sender.email[:320] if sender else "",
        thread=message.thread_id[:300] if message.thread_id != message.key else "",
    )


def _worth_extracting(message: Message, text: str) -> bool:
    if message.automation == "bulk" or not text:
        return False
    return bool(_FACTS.search(text)) or len(_ASKS.findall(text)) > 1


def _summarise(plan: _Plan, base: Payload, part: str, text: str) -> int:
    cuts = sections(text)
    if len(cuts) == 1:
        return plan.add("summarise", replace(base, part=part, text=cuts[0]))
    parts = [
        plan.add("summarise", replace(base, part=f"{part}, section {number} of {len(cuts)}", text=cut))
        for number, cut in enumerate(cuts, start=1)
    ]
    return plan.add("summarise", replace(base, part=f"{part}, overall", text=text[:SHORT_CHARS]), *parts)


def _attachment(plan: _Plan, base: Payload, attachment: Attachment) -> int:
    text = (attachment.text or "").strip()
    part = f"attachment {attachment.name}"
    if attachment.media_type != "text/calendar" and len(text) >= WORTH_A_SUMMARY_CHARS:
        return _summarise(plan, base, part, text)
    return plan.add("extract", replace(base, part=part, text=text[:SECTION_CHARS]))


def _only(lots: list[PlannedLot], kinds: frozenset[str]) -> list[PlannedLot]:
    """Keep the wanted kinds and renumber what they need."""
    if not kinds:
        return lots
    kept = [position for position, lot in enumerate(lots) if lot.kind in kinds]
    renumbered = {position: index for index, position in enumerate(kept)}
    return [
        replace(lots[position], needs=tuple(renumbered[need] for need in lots[position].needs if need in renumbered))
        for position in kept
    ]
