"""What an engine is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping

from bidding.domain.dataclass import dataclass
from bidding.domain.lots import Payload, SchemaRef
from bidding.domain.records import Demonstration, JsonObject
from bidding.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Job:
    """One lot made ready for one seat.

    `context` are outputs of the lots this one needs, by a name such as `summarise history`.
    `json_schema` is the answer's type, with this lot's labels filled in. `known` are at most three lines about the
    sender and the thread, from earlier mails; they hold names from mails. `award` is what the call is made under, told
    to the provider so that its bill can be matched with ours.
    `instruction` takes the place of the usual one, empty for that.
    """

    kind: str
    payload: Payload
    output: SchemaRef
    json_schema: JsonObject
    demonstrations: tuple[Demonstration, ...]
    context: Mapping[str, JsonObject]
    max_output_tokens: int
    timeout_ms: int
    known: tuple[str, ...] = ()
    instruction: str = ""
    award: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine returned: JSON text as the model wrote it, and what it consumed.

    `label_chances` is what the engine knows of a classification beyond the text: the chance of every label, as the
    model has it, before calibration. None where it cannot tell.
    """

    text: str
    usage: Usage
    label_chances: Mapping[str, float] | None = None
