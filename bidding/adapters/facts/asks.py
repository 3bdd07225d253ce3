"""What a mail asks for: its questions, and sentences with the phrases by which people ask."""

from __future__ import annotations

import re

from bidding.adapters.facts.sentences import is_courtesy, sentences

ASKS_MAX = 10
SPAN_CHARS = 200

_REQUEST = re.compile(
    r"\b(?:please|kindly|could you|can you|would you|will you|let me know|let us know|i(?:'d| would) like (?:to|you)"
    r"|we(?:'d| would) like (?:to|you)|need you to|i need|we need|send (?:me|us)|asking (?:you )?(?:to|for)"
    r"|waiting for your"
    r"|bitte|könnten? (?:sie|du|ihr)|können sie|kannst du|würden sie|ich möchte|wir möchten|teilen sie"
    r"|s['’]il (?:vous|te) pla[iî]t|svp|merci de|pourriez-vous|pouvez-vous|veuillez|je voudrais|nous souhaitons"
    r"|por favor|podr[ií]as?|puedes?|pueden|le ruego|necesito|necesitamos|quisiera"
    r"|per favore|per cortesia|potrebbe|potete|può|vorrei|le chiedo|ho bisogno"
    r"|poderia|pode(?:m)?|gostaria|preciso|solicito|alstublieft|graag|kunt u|kun je|zou(?:dt)? u|wilt u"
    r"|proszę|prosimy|prosił(?:bym|abym)|czy (?:mogą|może|możesz))(?!\w)"
    r"|ください|お願い|いただけ|でしょうか|ますか|请|請",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"\W{0,3}(?:how are you|how's it going|wie geht(?:'s| es)|comment (?:ça va|allez-vous)|qué tal|cómo est|come stai"
    r"|tudo bem|hoe gaat|jak się masz)",
    re.IGNORECASE,
)


def find_asks(text: str) -> list[str]:
    """Asking sentences as exact slices of the text, at most 200 characters each, in order, none twice."""
    asks: list[str] = []
    for sentence in sentences(text):
        question = sentence.rstrip("\"'”») ").endswith(("?", "？"))
        if not (question or _REQUEST.search(sentence[:1_000])) or _SMALL_TALK.match(sentence):
            continue
        if not question and is_courtesy(sentence):
            continue
        span = _cut(sentence)
        if span not in asks:
            asks.append(span)
        if len(asks) == ASKS_MAX:
            break
    return asks


def _cut(sentence: str) -> str:
    if len(sentence) <= SPAN_CHARS:
        return sentence
    end = sentence.rfind(" ", SPAN_CHARS // 2, SPAN_CHARS)
    return sentence[: end if end > 0 else SPAN_CHARS].rstrip()
