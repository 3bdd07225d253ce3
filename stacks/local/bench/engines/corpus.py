"""Answers as models break them, each with what it means: made up for this bench, after what models were seen to do.

`truth` is the object that a careful person would read out of the text, None where there is nothing to be sure of: any
object made of such a text is silently wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from bidding.domain.lots import Label, Payload
from bidding.domain.records import JsonObject

MAIL = Payload(
    part="body",
    text=(
        "Hi Tom,\nmy card was charged twice, 49.00 USD each time. Please refund one by 6 March 2026.\nThanks, Ana Ruiz"
    ),
    subject="Charged twice",
    sender="Ana Ruiz",
    sent_on="2026-03-02",
    language="en",
    labels=(
        Label("billing", "invoices, charges, refunds"),
        Label("support", "something does not work"),
        Label("scheduling", "meetings"),
    ),
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken answer of one output type."""

    name: str
    output: str
    text: str
    truth: JsonObject | None


def _classification(name: str, text: str, label: str | None = "billing", confidence: float = 0.9) -> Broken:
    return Broken(name, "classification.v1", text, {"label": label, "confidence": confidence})


def _hopeless(name: str, text: str, output: str = "classification.v1") -> Broken:
    return Broken(name, output, text, None)


def _summary(name: str, text: str, summary: str = "Ana was charged twice.") -> Broken:
    return Broken(name, "summary.v1", text, {"summary": summary})


def _draft(name: str, text: str, body: str) -> Broken:
    return Broken(name, "draft.v1", text, {"body": body})


def _extraction(name: str, text: str, **lists: list[JsonObject]) -> Broken:
    truth: JsonObject = {key: list(lists.get(key, [])) for key in ("people", "dates", "amounts", "asks")}
    return Broken(name, "extraction.v1", text, truth)


_ANA: JsonObject = {"name": "Ana Ruiz", "span": "Ana Ruiz"}
_TOM: JsonObject = {"name": "Tom", "span": "Tom"}
_DAY: JsonObject = {"date": "2026-03-06", "span": "6 March 2026"}
_SUM: JsonObject = {"value": "49.00", "currency": "USD", "span": "49.00 USD"}
_GOOD = '{"label": "billing", "confidence": 0.9}'

CORPUS: tuple[Broken, ...] = (
    _classification("code fence", f"```json\n{_GOOD}\n```"),
    _classification("prose before", f"Sure! Here is the JSON you asked for: {_GOOD}"),
    _classification("prose after", f"{_GOOD}\n\nLet me know if you need anything else."),
    _classification("fence and prose", f"The answer:\n```\n{_GOOD}\n```\nIt speaks of {{charges}}."),
    _classification("trailing comma", '{"label": "billing", "confidence": 0.9,}'),
    _classification("single quotes", "{'label': 'billing', 'confidence': 0.9}"),
    _classification("keys without quotes", '{label: "billing", confidence: 0.9}'),
    _classification("brace missing at the end", '{"confidence": 0.9, "label": "billing"'),
    _classification("comma missing between fields", '{"label": "billing" "confidence": 0.9}'),
    _classification("line break for a comma", '{\n  "label": "billing"\n  "confidence": 0.9\n}'),
    _classification("curly quotes", "{“label”: “billing”, “confidence”: 0.9}"),
    _classification("comment in the object", '{"label": "billing", // charged twice\n "confidence": 0.9}'),
    _classification("number as text", '{"label": "billing", "confidence": "0.9"}'),
    _classification("percent", '{"label": "billing", "confidence": "90%"}'),
    _classification("label in capitals", '{"label": "BILLING", "confidence": 0.9}'),
    _classification("label with its description", '{"label": "billing: invoices, charges", "confidence": 0.9}'),
    _classification("label in a list", '{"label": ["billing"], "confidence": 0.9}'),
    _classification("object in a list", f"[{_GOOD}]"),
    _classification("object in an object", f'{{"answer": {_GOOD}}}'),
    _classification("keys in capitals", '{"Label": "billing", "Confidence": 0.9}'),
    _classification("one field too many", '{"label": "billing", "confidence": 0.9, "reason": "charged"}'),
    _classification("a second thought", f'{{"label": "support", "confidence": 0.4}}\nWait, rather:\n{_GOOD}'),
    _classification("thoughts with braces", f"<think>{{support}}? No, a charge.</think>{_GOOD}"),
    _classification("written twice", f"{_GOOD}\n{_GOOD}"),
    _classification("byte order mark", f"\ufeff{_GOOD}"),
    _classification("JSON within JSON", '"{\\"label\\": \\"billing\\", \\"confidence\\": 0.9}"'),
    _classification("entities for quotes", "{&quot;label&quot;: &quot;billing&quot;, &quot;confidence&quot;: 0.9}"),
    _classification("YAML", "label: billing\nconfidence: 0.9"),
    _classification("list of points", "- label: billing\n- confidence: 0.9"),
    _classification("XML", "<label>billing</label>\n<confidence>0.9</confidence>"),
    _classification("abstains, in Python", "{'label': None, 'confidence': 0.2}", None, 0.2),
    _hopeless("label that is not offered", '{"label": "gardening", "confidence": 0.9,}'),
    _hopeless("two labels", '{"label": "billing" "support", "confidence": 0.9}'),
    _hopeless("either label", "{label: billing or support, confidence: 0.9}"),
    _hopeless("number cut off", '{"label": "billing", "confidence": 0.'),
    _hopeless("label cut off", '{"confidence": 0.9, "label": "bill'),
    _hopeless("no number", '{"label": "billing", "confidence": NaN}'),
    _hopeless("nothing at all", ""),
    _hopeless("refusal", "I'm sorry, but I can't help with that."),
    _hopeless("the schema itself", '{"label": "string", "confidence": "number"}'),
    _summary("summary with raw line break", '{"summary": "Ana was\ncharged twice."}', "Ana was\ncharged twice."),
    _summary("summary with a quoted word", '{"summary": "Ana was "charged" twice."}', 'Ana was "charged" twice.'),
    _summary("summary wrongly escaped", '{"summary": "Ana\\\'s card was charged."}', "Ana's card was charged."),
    _hopeless("summary cut off", '{"summary": "Ana was charged twice and wants', "summary.v1"),
    _hopeless("summary is None", '{"summary": None}', "summary.v1"),
    _hopeless("summary is an apology", "As a language model I cannot read mails.", "summary.v1"),
    _draft("draft with raw lines", '{"body": "Hello Ana,\n\nwe look into it.\n\nRegards",}', "Hello Ana,\n\nwe look into it.\n\nRegards"),  # noqa: E501
    _draft("draft with a comma after a quote", '{"body": "You wrote "charged twice", we check."}', 'You wrote "charged twice", we check.'),  # noqa: E501
    _hopeless("draft cut off", '```json\n{"body": "Hello Ana,\\nthank you for', "draft.v1"),
    _extraction("closing brackets missing", '{"people": [{"name": "Ana Ruiz", "span": "Ana Ruiz"', people=[_ANA]),
    _extraction(
        "commas missing between items",
        '{"people": [{"name": "Ana Ruiz", "span": "Ana Ruiz"} {"name": "Tom", "span": "Tom"}]}',
        people=[_ANA, _TOM],
    ),
    _extraction(
        "Python's None in a list",
        "{'people': [{'name': 'Tom', 'span': 'Tom'}], 'dates': [{'date': None, 'span': 'one by'}]}",
        people=[_TOM],
        dates=[{"date": None, "span": "one by"}],
    ),
    _extraction(
        "date as people write it", '{"dates": [{"date": "6 March 2026", "span": "6 March 2026"}],}', dates=[_DAY]
    ),
    _extraction(
        "amount with a decimal comma",
        '{"amounts": [{"value": "49,00", "currency": "USD", "span": "49.00 USD"}]}',
        amounts=[_SUM],
    ),
    _extraction(
        "amount as a number, fenced",
        '```\n{amounts: [{value: 49.00, currency: "USD", span: "49.00 USD"}]}\n```',
        amounts=[_SUM],
    ),
    _hopeless("span that is nowhere", '{"people": [{"name": "Bob", "span": "Bob Hill"}],}', "extraction.v1"),
    _hopeless("item cut off", '{"asks": [{"ask": "refund one", "span": "Please refund', "extraction.v1"),
)  # fmt: skip
