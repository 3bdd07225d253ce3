"""New text and quoted history, in the forms that mail clients write."""

from __future__ import annotations

import time

import pytest

from bidding.adapters.mail.replies import split_reply

NEW = "That works for me."
OLD = "> Shall we meet at ten?"


@pytest.mark.parametrize(
    "header",
    [
        "On Tue, 4 Mar 2025 at 10:00, Bo Lee <bo@example.org> wrote:",
        "On Tue, 4 Mar 2025 at 10:00, Bo Lee\n<bo@example.org> wrote:",
        "Am 04.03.2025 um 10:00 schrieb Bo Lee:",
        "Am Di., 4. März 2025 um 10:00 Uhr schrieb Bo Lee <bo@example.org>:",
        "Le mar. 4 mars 2025 à 10:00, Bo Lee <bo@example.org> a écrit :",
        "El mar, 4 mar 2025 a las 10:00, Bo Lee (<bo@example.org>) escribió:",
        "Il giorno mar 4 mar 2025 alle ore 10:00 Bo Lee <bo@example.org> ha scritto:",
        "Em ter., 4 de mar. de 2025 às 10:00, Bo Lee <bo@example.org> escreveu:",
        "Op di 4 mrt 2025 om 10:00 schreef Bo Lee <bo@example.org>:",
        "W dniu 4.03.2025 o 10:00, Bo Lee pisze:",
        "wt., 4 mar 2025 o 10:00 Bo Lee <bo@example.org> napisał(a):",
        "2025年3月4日(火) 10:00 Bo Lee <bo@example.org>:",
        "Bo Lee said:",
    ],
)
def test_a_reply_header_starts_the_history(header: str) -> None:
    """What stands above the line of attribution is new, in many languages."""
    split = split_reply(f"{NEW}\n\n{header}\n{OLD}")
    assert (split.text, split.history) == (NEW, f"{header}\n{OLD}")


@pytest.mark.parametrize(
    "header",
    [
        "From: Bo Lee\nSent: Tuesday, 4 March 2025\nTo: Ana\nSubject: Meeting",
        "Von: Bo Lee\nGesendet: Dienstag, 4. März 2025\nAn: Ana\nBetreff: Treffen",
        "De : Bo Lee\nEnvoyé : mardi 4 mars 2025\nÀ : Ana\nObjet : Réunion",
        "De: Bo Lee\nEnviado: martes, 4 de marzo de 2025\nPara: Ana\nAsunto: Reunión",
        "-----Original Message-----\nFrom: Bo Lee\nSubject: Meeting",
        "---------- Forwarded message ---------\nFrom: Bo Lee\nSubject: Meeting",
        "-----Ursprüngliche Nachricht-----\nVon: Bo Lee\nBetreff: Treffen",
        "-----Mensaje original-----\nDe: Bo Lee\nAsunto: Reunión",
    ],
)
def test_a_header_block_starts_the_history(header: str) -> None:
    """What stands above a copied header is new, though nothing below is marked as quoted."""
    split = split_reply(f"{NEW}\n\n{header}\n\nShall we meet at ten?")
    assert split.text == NEW
    assert split.history.startswith(header)


def test_answers_between_quoted_lines_are_text() -> None:
    """Inline answers are new text, and the exchange around them stays whole in the history."""
    body = "On 4 Mar 2025, Bo wrote:\n> At ten?\nYes.\n\n> In the office?\nNo, by phone."
    split = split_reply(f"Hi Bo,\n\n{body}")
    assert (split.text, split.history) == ("Hi Bo,\n\nYes.\n\nNo, by phone.", body)


def test_an_answer_below_a_quotation_is_text() -> None:
    """A sender who writes under the quoted mail is read like one who writes above it."""
    quoted = "On 4 Mar 2025, Bo wrote:\n> At ten?"
    split = split_reply(f"{quoted}\n\nYes, at ten.\n-- \nAna")
    assert (split.text, split.history) == ("Yes, at ten.", quoted)


@pytest.mark.parametrize(
    "body",
    [
        "Agenda\nDate: Tuesday\nTo: Room 5\nSubject: budget",
        "Data: 4 marca\nTemat: budżet",
        "Take a look at the plan.\nThank you, that was quick.\n/Anna has the file.",
        "- one\n- two",
        "From: the north\nwe go south",
        "On Monday we wrote the report.\nIt is done:\nsee below.",
    ],
)
def test_ordinary_lines_are_not_taken_for_a_header(body: str) -> None:
    """Text with labels, lists or familiar words stays whole."""
    assert split_reply(body).text == body


def test_a_split_that_leaves_nothing_is_given_up() -> None:
    """A bare forward keeps its whole text, and says that the split was given up."""
    body = "---------- Forwarded message ---------\nFrom: Bo\nSubject: x\n\nhello"
    split = split_reply(body)
    assert (split.text, split.history, split.repaired) == (body, "", True)


@pytest.mark.parametrize(
    "signature", ["-- \nAna Ruiz\nExample Ltd", "--\nAna", "Sent from my iPhone", "Gesendet von Outlook"]
)
def test_a_signature_is_dropped(signature: str) -> None:
    """A delimited signature and a device's greeting are no text."""
    assert split_reply(f"{NEW}\n\nBest,\nAna\n\n{signature}").text == f"{NEW}\n\nBest,\nAna"


@pytest.mark.parametrize("line", ["On " + "x " * 118, "On On " * 40, "Op 3 " * 48, "-" * 240, "Den " * 60, "> " * 120])
def test_lines_made_to_exhaust_the_patterns_are_bounded(line: str) -> None:
    """Thousands of lines that almost match a header are split within seconds."""
    started = time.process_time()
    split_reply(f"{line}\n" * 3_000)
    assert time.process_time() - started < 10
