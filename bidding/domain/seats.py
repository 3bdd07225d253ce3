"""Seats: who may bid, what they charge and where they run."""

from __future__ import annotations

import re
from typing import Literal, assert_never

from bidding.domain.calls import USUAL, CallSettings, travels_open
from bidding.domain.circuits import CLOSED, Circuit
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.judging import JUDGE_KIND
from bidding.domain.usage import Usage

DataClass = Literal["public", "internal", "confidential", "restricted"]
Location = Literal["on_host", "own_account", "provider_region", "third_party"]
SeatStatus = Literal["active", "retired"]

_SEAT_ID = re.compile(r"[A-Za-z0-9._/:@-]{1,100}")
DEMONSTRATIONS_MAX = 64
TIMEOUT_MS_MAX = 65_000
"""Below the time-out of the function that makes the call, so that a slow answer is told, not cut off."""
DEFERRED_TIMEOUT_MS_MAX = 6 * 3_600 * 1_000
"""Of a seat that answers later: three rounds of it end before the machine that waits does."""

_ALLOWED: dict[DataClass, frozenset[Location]] = {
    "public": frozenset({"on_host", "own_account", "provider_region", "third_party"}),
    "internal": frozenset({"on_host", "own_account", "provider_region"}),
    "confidential": frozenset({"on_host", "own_account"}),
    "restricted": frozenset({"on_host"}),
}


def may_see(location: Location, data_class: DataClass) -> bool:
    """Whether a payload of this class may be sent to a seat that runs there."""
    return location in _ALLOWED[data_class]


def no_stricter_than(data_class: DataClass) -> tuple[DataClass, ...]:
    """The classes whose data may travel at least as far as this one's."""
    return tuple(other for other in _ALLOWED if _ALLOWED[other] >= _ALLOWED[data_class])


def stricter(one: DataClass, other: DataClass) -> DataClass:
    """The class of the two that allows fewer locations."""
    return min(one, other, key=lambda data_class: len(_ALLOWED[data_class]))


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a seat charges, in micro-dollars.

    Hosted models charge per million tokens. Local ones charge per second of processor time: their quote turns
    tokens into seconds by the two throughputs, their bill uses the seconds measured. Tokens read from a cache or
    written to one are charged as input where their price is None.
    """

    input_micros_per_mtok: int = 0
    output_micros_per_mtok: int = 0
    cpu_second_micros: int = 0
    prompt_tokens_per_second: int = 1_000_000
    output_tokens_per_second: int = 1_000_000
    request_cpu_ms: int = 0
    source: str = ""
    cache_read_micros_per_mtok: int | None = None
    cache_write_micros_per_mtok: int | None = None

    def __post_init__(self) -> None:
        charges = (self.input_micros_per_mtok, self.output_micros_per_mtok, self.cpu_second_micros, self.request_cpu_ms)
        if (
            min(*charges, self._cache_read, self._cache_write) < 0
            or min(self.prompt_tokens_per_second, self.output_tokens_per_second) < 1
        ):
            raise InvalidRequest("a price list charges nothing below zero, and its throughputs are at least 1")

    def quote_micros(self, input_tokens: float, output_tokens: float) -> float:
        """Expected price of a call, before rounding."""
        seconds = (
            self.request_cpu_ms / 1_000
            + input_tokens / self.prompt_tokens_per_second
            + output_tokens / self.output_tokens_per_second
        )
        tokens = input_tokens * self.input_micros_per_mtok + output_tokens * self.output_micros_per_mtok
        return tokens / 1_000_000 + seconds * self.cpu_second_micros

    def cost_micros(self, usage: Usage) -> int:
        """Bill of a call, rounded up to a whole micro-dollar."""
        tokens = usage.input_tokens * self.input_micros_per_mtok + usage.output_tokens * self.output_micros_per_mtok
        tokens += usage.cache_read_tokens * self._cache_read + usage.cache_write_tokens * self._cache_write
        seconds = (usage.cpu_ms or 0) * self.cpu_second_micros * 1_000
        return -(-(tokens + seconds) // 1_000_000)

    def ceiling_micros(self, input_tokens: int, max_output_tokens: int, timeout_ms: int) -> int:
        """Most that a call can cost: all output tokens, processor time until the time-out, input at its dearest."""
        if max(self._cache_read, self._cache_write) > self.input_micros_per_mtok:
            dear = "cache_write_tokens" if self._cache_write >= self._cache_read else "cache_read_tokens"
            return self.cost_micros(Usage(0, max_output_tokens, timeout_ms, **{dear: input_tokens}))
        return self.cost_micros(Usage(input_tokens, max_output_tokens, timeout_ms))

    @property
    def _cache_read(self) -> int:
        price = self.cache_read_micros_per_mtok
        return self.input_micros_per_mtok if price is None else price

    @property
    def _cache_write(self) -> int:
        price = self.cache_write_micros_per_mtok
        return self.input_micros_per_mtok if price is None else price


EngineName = Literal[
    "llama_cpp", "classifier", "rules", "bedrock", "openai_compatible", "third_party", "scripted", "human", "worker"
]
_REMOTE: frozenset[EngineName] = frozenset({"openai_compatible", "third_party"})
DEFERRED: frozenset[EngineName] = frozenset({"human", "worker"})
"""Engines that answer later: a person, a worker on premises that polls."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A bidder: model × endpoint × variant. Variants of one model are separate seats.

    `demonstrations` is how many solved lots its prompt carries. `max_output_tokens` and `timeout_ms` bound a
    call, and so its hold. `prior_quality` is a published score in [0, 1], None where there is none. `only_tenant` is
    whose lots alone it bids for; None for all. `call` says how it is called; `circuit` is how its provider stands,
    which only the ledger sets.

    Raises InvalidRequest where a bound is out of its range.
    """

    seat_id: SeatId
    engine: EngineName
    model: str
    kinds: frozenset[str]
    location: Location
    prices: PriceList
    demonstrations: int = 0
    context_tokens: int = 2_048
    max_output_tokens: int = 256
    timeout_ms: int = 60_000
    prior_quality: float | None = None
    status: SeatStatus = "active"
    only_tenant: TenantId | None = None
    call: CallSettings = USUAL
    circuit: Circuit = CLOSED

    def __post_init__(self) -> None:
        if not _SEAT_ID.fullmatch(self.seat_id):
            raise InvalidRequest(
                f"seat_id {self.seat_id[:80]!r}: use 1 to 100 letters, digits and the signs . _ / : @ -"
            )
        if not 0 <= self.demonstrations <= DEMONSTRATIONS_MAX:
            raise InvalidRequest(f"seat {self.seat_id}: a seat is shown 0 to {DEMONSTRATIONS_MAX} demonstrations")
        if not self.kinds:
            raise InvalidRequest(f"seat {self.seat_id}: a seat serves at least one kind of lot")
        most = DEFERRED_TIMEOUT_MS_MAX if self.deferred else TIMEOUT_MS_MAX
        if not 1 <= self.timeout_ms <= most:
            raise InvalidRequest(f"seat {self.seat_id}: timeout_ms must be 1 to {most}, not {self.timeout_ms}")
        if not 1 <= self.max_output_tokens < self.context_tokens:
            raise InvalidRequest(f"seat {self.seat_id}: max_output_tokens must leave room in context_tokens")
        if self.prior_quality is not None and not 0 <= self.prior_quality <= 1:
            raise InvalidRequest(f"seat {self.seat_id}: prior_quality lies in [0, 1], not {self.prior_quality}")
        self._check_engine()

    def _check_engine(self) -> None:
        """What only seats of some engines may be, or must say."""
        if self.engine in _REMOTE and self.call.base_url is None:
            raise InvalidRequest(f"seat {self.seat_id}: call.base_url says where a seat of {self.engine} answers")
        if self.call.base_url and self.location not in {"on_host", "own_account"} and travels_open(self.call.base_url):
            raise InvalidRequest(f"seat {self.seat_id}: data leaves the house by https only: change call.base_url")
        if JUDGE_KIND in self.kinds and (self.deferred or self.sets_own_price):
            raise InvalidRequest(
                f"seat {self.seat_id}: who judges answers at once and at a list price: leave out kind {JUDGE_KIND}"
            )
        if self.engine == "third_party" and (self.call.signing_key is None or self.location != "third_party"):
            raise InvalidRequest(
                f"seat {self.seat_id}: a third party's location is third_party, and call.signing_key signs its requests"
            )

    @property
    def deferred(self) -> bool:
        """Whether it answers later, and a task waits for it."""
        return self.engine in DEFERRED

    @property
    def sets_own_price(self) -> bool:
        """Whether it charges what it bid for the lot, whatever its price list says; the list then bounds the bid."""
        return self.engine == "third_party"

    def ineligible_because(self, kind: str, data_class: DataClass, now_ms: int = 0) -> Ineligibility | None:
        """Why this seat must not even see a lot, or None. Checked before any payload is shown."""
        match self.status:
            case "retired":
                return "retired"
            case "active":
                pass
            case _:
                assert_never(self.status)
        if not may_see(self.location, data_class):
            return "data_class_forbids"
        if kind not in self.kinds:
            return "kind_not_served"
        places = self.circuit.places(self.call.concurrency, now_ms)
        if places == 0 or (places is not None and self.circuit.under_way(now_ms) >= places):
            return "busy" if self.circuit.state(now_ms) == "closed" else "circuit_open"
        return None


Ineligibility = Literal["retired", "data_class_forbids", "kind_not_served", "circuit_open", "busy"]
