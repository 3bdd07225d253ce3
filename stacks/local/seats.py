"""The seats of a local installation. All of them run on this machine and see every data class.

Their price is processor time at CPU_SECOND_MICROS, the on-demand price of one Graviton vCPU
(m8g.large, us-east-1, 0.0898 USD an hour for two, November 2026): what the same second costs in the cloud.
Throughputs were measured with our own prompts on one core; a learned factor corrects quotes on other machines.

Priors are shares of right labels on forty short mails of ours, rounded; a seat's own record soon outweighs them.

Many demonstrations make long prompts: a seat carries them for the kinds where they were seen to help.
"""

from __future__ import annotations

from dataclasses import replace

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat

CPU_SECOND_MICROS = 12
_SOURCE = "measured processor seconds x 12 micro-dollars (one m8g vCPU, on demand)"


def _language_model(model: str, demonstrations: int, kinds: set[str], prior: float | None = None) -> Seat:
    variant = f"near{demonstrations}" if demonstrations else "zero"
    return Seat(
        seat_id=SeatId(f"{model}/{variant}"),
        engine="llama_cpp",
        model=model,
        kinds=frozenset(kinds),
        location="on_host",
        prices=PriceList(
            cpu_second_micros=CPU_SECOND_MICROS,
            prompt_tokens_per_second=210,
            output_tokens_per_second=100,
            request_cpu_ms=10,
            source=_SOURCE,
        ),
        demonstrations=demonstrations,
        context_tokens=2_048,
        max_output_tokens=160,
        timeout_ms=45_000,
        prior_quality=prior,
    )


def _rules(model: str, kind: str) -> Seat:
    return Seat(
        seat_id=SeatId(f"rules/{model}"),
        engine="rules",
        model=model,
        kinds=frozenset({kind}),
        location="on_host",
        prices=PriceList(cpu_second_micros=CPU_SECOND_MICROS, request_cpu_ms=1, source=_SOURCE),
        context_tokens=1_000_000,
        timeout_ms=10_000,
    )


LOCAL_SEATS: tuple[Seat, ...] = (
    _language_model("smollm2-135m", 0, {"classify", "extract", "summarise", "draft", "decompose"}, prior=0.25),
    _language_model("smollm2-135m", 4, {"classify", "summarise", "draft"}, prior=0.5),
    _language_model("gemma3-270m", 4, {"classify", "summarise", "draft"}),
    replace(
        _rules("minilm", "classify"),
        seat_id=SeatId("minilm/nearest"),
        engine="classifier",
        demonstrations=20,
        prior_quality=0.7,
        prices=PriceList(cpu_second_micros=CPU_SECOND_MICROS, request_cpu_ms=10, source=_SOURCE),
    ),
    replace(
        _rules("minilm-logistic", "classify"),
        seat_id=SeatId("minilm/logistic"),
        engine="classifier",
        demonstrations=64,
        prices=PriceList(cpu_second_micros=CPU_SECOND_MICROS, request_cpu_ms=30, source=_SOURCE),
    ),
    _rules("extract", "extract"),
    _rules("lead-sentences", "summarise"),
    _rules("acknowledgement", "draft"),
)
