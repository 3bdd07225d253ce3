"""A polite word that a mail has arrived, in its own language. It promises nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bidding.domain.dataclass import dataclass

NAME_CHARS_MAX = 60
SUBJECT_CHARS_MAX = 120


@dataclass(frozen=True, slots=True)
class _Letter:
    """Greeting of a name, greeting of nobody, thanks for a subject, thanks without one, confirmation, closing."""

    named: str
    unnamed: str
    about: str
    thanks: str
    received: str
    closing: str


_LETTERS: Mapping[str, _Letter] = {
    "en": _Letter(
        "Hello {},", "Hello,", "Thank you for your message about “{}”.", "Thank you for your message.",
        "This is to let you know that it has reached us.", "Kind regards",
    ),
    "de": _Letter(
        "Guten Tag {},", "Guten Tag,", "vielen Dank für Ihre Nachricht zu „{}“.", "vielen Dank für Ihre Nachricht.",
        "Hiermit bestätigen wir, dass sie bei uns eingegangen ist.", "Mit freundlichen Grüßen",
    ),
    "fr": _Letter(
        "Bonjour {},", "Bonjour,", "Merci pour votre message au sujet de « {} ».", "Merci pour votre message.",
        "Nous vous confirmons qu’il nous est bien parvenu.", "Cordialement",
    ),
    "es": _Letter(
        "Hola, {}:", "Hola:", "Gracias por su mensaje sobre «{}».", "Gracias por su mensaje.",
        "Le confirmamos que lo hemos recibido.", "Un saludo cordial",
    ),
    "it": _Letter(
        "Buongiorno {},", "Buongiorno,", "grazie per il Suo messaggio riguardo a «{}».", "grazie per il Suo messaggio.",
        "Le confermiamo di averlo ricevuto.", "Cordiali saluti",
    ),
    "pt": _Letter(
        "Olá, {},", "Olá,", "Obrigado pela sua mensagem sobre “{}”.", "Obrigado pela sua mensagem.",
        "Confirmamos que a recebemos.", "Com os melhores cumprimentos",
    ),
    "nl": _Letter(
        "Beste {},", "Goedendag,", "Dank u voor uw bericht over “{}”.", "Dank u voor uw bericht.",
        "Hierbij bevestigen wij dat we het hebben ontvangen.", "Met vriendelijke groet",
    ),
    "pl": _Letter(
        "Dzień dobry, {},", "Dzień dobry,", "dziękujemy za wiadomość w sprawie „{}”.", "dziękujemy za wiadomość.",
        "Potwierdzamy, że do nas dotarła.", "Z poważaniem",
    ),
    "ja": _Letter(
        "{} 様", "ご担当者様", "「{}」についてのご連絡をありがとうございます。", "ご連絡をありがとうございます。",
        "メッセージを確かに受け取りました。", "よろしくお願いいたします。",
    ),
}  # fmt: skip

_PREFIX = re.compile(r"^(?:\s{0,3}(?:re|fwd?|aw|wg|tr|rv|sv|odp|antw)\s?(?:\[\d{1,3}\])?[:：])+", re.IGNORECASE)
_ADDRESS = re.compile(r"https?:|www\.|@|//|\w\.(?:com|net|org|io|ru|xyz|info)\b", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def acknowledge(subject: str, sender: str, language: str | None) -> str:
    """The letter, in English where the language has none.

    The subject is named unless it is long or holds an address: an answer must not carry a stranger's link.
    """
    letter = _LETTERS.get((language or "en")[:2].casefold(), _LETTERS["en"])
    name, topic = _plain(sender, NAME_CHARS_MAX), _plain(_PREFIX.sub("", subject), SUBJECT_CHARS_MAX)
    greeting = letter.named.format(name) if name else letter.unnamed
    thanks = letter.about.format(topic) if topic else letter.thanks
    return f"{greeting}\n\n{thanks} {letter.received}\n\n{letter.closing}"


def _plain(text: str, chars_max: int) -> str:
    """One line of text, or nothing where it is too long or holds an address."""
    line = " ".join(_UNPRINTABLE.sub(" ", text).split()).strip("\"'“”„«»")
    return "" if len(line) > chars_max or _ADDRESS.search(line) else line
