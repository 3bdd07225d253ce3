"""The plan follows from the message."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bidding.domain.decomposition import decompose
from bidding.domain.errors import RefusedDocument
from bidding.domain.lots import Label, TaskOptions
from bidding.domain.messages import Address, Attachment, Message
from bidding.domain.sections import SECTIONS_MAX

QUESTION = Message(
    key="k",
    message_id="<1@example.com>",
    thread_id="t",
    references=(),
    sender=Address("Ada", "ada@example.com"),
    reply_to=None,
    to=(),
    cc=(),
    subject="Lunch",
    sent_at=datetime(2026, 3, 1, tzinfo=UTC),
    text="Are you free for lunch?",
    history="",
    attachments=(),
    language="en",
    automation="none",
)


def graph(message: Message, options: TaskOptions | None = None) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(lot.kind, lot.payload.part, lot.needs) for lot in decompose(message, options or TaskOptions())]


def test_a_one_line_question_is_classified_and_answered() -> None:
    """Nothing to summarise, no facts to extract."""
    assert graph(QUESTION) == [("classify", "body", ()), ("draft", "body", (0,))]


@pytest.mark.parametrize("automation", ["bulk", "auto_submitted", "bounce", "no_reply"])
def test_mail_that_no_person_reads_the_answer_of_gets_no_draft(automation: str) -> None:
    """Lists, responders, bounces and no-reply mailboxes are never answered."""
    kinds = [kind for kind, _, _ in graph(replace(QUESTION, automation=automation))]  # type: ignore[arg-type]
    assert "draft" not in kinds


def test_a_thread_with_attachments_needs_more_before_the_draft() -> None:
    """History is summarised, facts and attachments are mined, and the draft waits for all of them."""
    message = replace(
        QUESTION,
        text="Could you check the 300 EUR on the attached sheet by 2026-04-01?",
        history="> earlier words " * 20,
        attachments=(Attachment("a.csv", "text/csv", 20, "id,sum\n1,300"), Attachment("b.pdf", "application/pdf", 9)),
    )
    assert graph(message) == [
        ("classify", "body", ()),
        ("summarise", "history", ()),
        ("extract", "body", ()),
        ("extract", "attachment a.csv", ()),
        ("draft", "body", (0, 1, 2, 3)),
    ]


def test_a_long_text_is_summarised_in_sections_first() -> None:
    """The overall summary needs the sections; beyond the limit of sections nothing is read."""
    sections = graph(replace(QUESTION, automation="bulk", text="A sentence of words. " * 900))
    assert [part for kind, part, _ in sections if kind == "summarise"] == [
        *[f"body, section {n} of {SECTIONS_MAX}" for n in range(1, SECTIONS_MAX + 1)],
        "body, overall",
    ]
    assert sections[-1] == ("summarise", "body, overall", (1, 2, 3, 4))


def test_options_limit_kinds_and_set_labels() -> None:
    """Only the wanted kinds are planned, with the submitter's own labels."""
    options = TaskOptions(labels=(Label("a", ""), Label("b", "")), kinds=frozenset({"classify"}))
    [lot] = decompose(QUESTION, options)
    assert [label.name for label in lot.payload.labels] == ["a", "b"]
    assert graph(QUESTION, TaskOptions(kinds=frozenset({"draft"}))) == [("draft", "body", ())]


def test_a_message_without_anything_readable_is_refused() -> None:
    """Nothing to work on is a refusal with a reason, not an empty task."""
    with pytest.raises(RefusedDocument, match="no_content"):
        decompose(replace(QUESTION, text="", subject=" "), TaskOptions())
