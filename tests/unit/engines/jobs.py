"""Jobs and seats for the tests of engines."""

from collections.abc import Mapping

from bidding.adapters.outputs import TypedOutputs
from bidding.domain.ids import LotId, SeatId
from bidding.domain.jobs import Job
from bidding.domain.lots import Label, Payload, SchemaRef
from bidding.domain.records import Demonstration, JsonObject
from bidding.domain.seats import EngineName, PriceList, Seat

REFS = {
    "classify": SchemaRef("classification.v1"),
    "extract": SchemaRef("extraction.v1"),
    "summarise": SchemaRef("summary.v1"),
    "draft": SchemaRef("draft.v1"),
    "decompose": SchemaRef("plan.v1"),
    "judge": SchemaRef("verdict.v1"),
}
LABELS = (
    Label("billing", "invoices, charges, refunds and payments"),
    Label("support", "something does not work"),
    Label("scheduling", "arranging or moving a meeting"),
)
MAIL = Payload(
    part="body",
    text="Hi Tom,\nmy card was charged twice, 49.00 USD each time. Please refund one by 6 March.\nThanks, Ana Ruiz",
    subject="Charged twice",
    sender="Ana Ruiz",
    sent_on="2026-03-02",
    language="en",
    labels=LABELS,
)


def make_job(
    kind: str,
    payload: Payload = MAIL,
    demonstrations: tuple[Demonstration, ...] = (),
    context: Mapping[str, JsonObject] | None = None,
    max_output_tokens: int = 160,
    timeout_ms: int = 30_000,
) -> Job:
    """A job with its schema."""
    schema = TypedOutputs().json_schema(REFS[kind], payload)
    return Job(kind, payload, REFS[kind], schema, demonstrations, context or {}, max_output_tokens, timeout_ms)


def make_seat(engine: EngineName, model: str, *kinds: str) -> Seat:
    """A seat of an engine on this host."""
    return Seat(SeatId(f"{engine}/{model}"), engine, model, frozenset(kinds or {"classify"}), "on_host", PriceList())


def make_demonstration(text: str, output: JsonObject, embedding: tuple[float, ...] = ()) -> Demonstration:
    """A solved lot."""
    return Demonstration(LotId("l"), "classify", "", text, output, "human", embedding)
