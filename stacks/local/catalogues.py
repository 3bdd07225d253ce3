"""The pages that list every event and every metric, written from the code that makes them.

`python -m stacks.local.catalogues` writes docs/reference/events.md and docs/reference/metrics.md anew.
"""

from __future__ import annotations

from dataclasses import fields
from inspect import getdoc
from pathlib import Path

from bidding.domain.all_events import EVENTS
from bidding.domain.disclosure import FIELDS
from bidding.domain.events import MarketEvent
from bidding.domain.measurements import METRICS, NAMESPACE

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"

_EVENTS_HEAD = """\
# Events

Every decision of the market is one line of JSON: in the cloud in the log group of the function that made it, on one
machine in `atomic.log` under `--home`. A line has the event's name as `message`, its fields, and what is known of the
call: `function`, `request_id`, and the ids of the task and lot that it was about. A step that is retried may tell its
decision again.

Nothing else leaves: fields come from an allow-list with a shape for each value
([0061](../adr/0061-what-may-leave-is-listed.md)), so that no line has text of a task, an address or a name. Where a
line measures something it is a [metric](metrics.md) as well. This page is written from the code by
`python -m stacks.local.catalogues`.
"""
_METRICS_HEAD = """\
# Metrics

CloudWatch takes these from the log lines (embedded metric format), in the namespace `{namespace}`. Dimensions are
`service`, always `atomic`, and `seat`; a metric for *both* is there once over all seats and once for each. Lot, task
and kind stand in the same line, where Logs Insights finds them and nobody is billed for them as metrics. An account is
meant to hold one environment: two would add up in the same metrics.

Win share is a seat's `Wins` over all `Wins`; quoted against actual price is `ActualMicros` over `QuotedMicros`;
calibration is `PromisedQuality` beside `ScoredQuality`; latency has percentiles. Functions, state machines and queues
have metrics of AWS's own, which are free: errors, throttles, durations, failed executions, the age of the oldest
message in a queue.

With {seats} seats this is {metrics} custom metrics. The bill is in [the cost page](../concepts/cost.md). This page is
written from the code by `python -m stacks.local.catalogues`.
"""
_SEATS = 8


def events_page() -> str:
    """The catalogue of events."""
    parts = [_EVENTS_HEAD, "| event | says | fields |\n| --- | --- | --- |"]
    parts[-1] += "".join(f"\n| `{event.name}` | {_first(event)} | {_names(event)} |" for event in EVENTS)
    rows = "".join(f"\n| `{name}` | {field.meaning} |" for name, field in FIELDS.items())
    parts.append(f"## Fields\n\nMoney is in micro-dollars.\n\n| field | meaning |\n| --- | --- |{rows}")
    return "\n".join(parts[:2]) + "\n\n" + parts[2] + "\n"


def metrics_page() -> str:
    """The catalogue of metrics."""
    head = _METRICS_HEAD.format(namespace=NAMESPACE, seats=_SEATS, metrics=custom_metrics(_SEATS))
    rows = "".join(f"\n| `{each.name}` | {each.unit} | {each.scope} | {each.meaning} |" for each in METRICS)
    return f"{head}\n| metric | unit | dimensions | is |\n| --- | --- | --- | --- |{rows}\n"


def custom_metrics(seats: int) -> int:
    """How many metrics are billed: every one once for each set of its dimensions' values."""
    per_scope = {"service": 1, "seat": seats, "both": 1 + seats}
    return sum(per_scope[metric.scope] for metric in METRICS)


def _first(event: type[MarketEvent]) -> str:
    text = getdoc(event) or ""
    return " ".join(text.split())


def _names(event: type[MarketEvent]) -> str:
    return ", ".join(f"`{each.name}`" for each in fields(event))


def main() -> None:
    """Write both pages."""
    (REFERENCE / "events.md").write_text(events_page())
    (REFERENCE / "metrics.md").write_text(metrics_page())


if __name__ == "__main__":
    main()
