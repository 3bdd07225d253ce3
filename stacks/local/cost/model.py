"""What a month costs, from the deployed shape and dated list prices.

Three ways to orchestrate are compared: every machine Standard; Standard tasks with Express lots, as deployed; and a
Distributed Map whose children are Express tasks, where the deployed `process_batch` has Standard ones. Cold starts and
data transfer are not in it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from bidding.domain.errors import InvalidRequest
from stacks.local import cost as package
from stacks.local.cost.transitions import lot_states, task_states

Orchestration = Literal["standard", "express", "distributed_map"]
ORCHESTRATIONS: tuple[Orchestration, ...] = ("standard", "express", "distributed_map")
HOURS_PER_MONTH = 730
FULL_CORE_MB = 1_769
"""Memory at which a function has one whole core. Source: AWS Lambda, "Configure memory"."""
_EXPRESS_GB = 64 / 1_024
_BATCH = 10
"""Tasks per child of a Distributed Map, with its ItemBatcher."""
_GB = 10**9


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be paid for: lots a month, and what they are like. `mix` are shares of lots by model.

    What is None is as measured, see shape.json.
    """

    lots: int
    mix: Mapping[str, float]
    lots_per_task: int = 3
    waves: int = 1
    fallback_share: float = 0.05
    input_tokens: int | None = None
    output_tokens: int | None = None
    traced_share: float = 0.05
    log_bytes_per_lot: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill: `usd` is `amount` times the unit price. `fixed` where it does not grow with the lots."""

    name: str
    amount: float
    unit: str
    usd: float
    fixed: bool = False


def bill(load: Load, orchestration: Orchestration) -> list[Line]:
    """The month's bill. Raises InvalidRequest for a mix that is none."""
    table = _read("prices.json")
    shape = _read("shape.json")
    seconds = _model_seconds(load, table)
    tasks = math.ceil(load.lots / load.lots_per_task)
    calls = _calls(load)
    return [
        *_orchestrated(load, orchestration, tasks, _lot_seconds(shape, calls, seconds), table),
        *_functions(load, tasks, calls, shape, seconds, table),
        *_storage(load, tasks, shape, table),
        *_watching(load, tasks, shape, table),
        *_models(load, shape, table),
    ]


def total(lines: list[Line], *, fixed: bool | None = None) -> float:
    """Dollars of all lines, or of those that are fixed or not."""
    return sum(line.usd for line in lines if fixed is None or line.fixed == fixed)


def _orchestrated(
    load: Load, orchestration: Orchestration, tasks: int, lot_seconds: float, table: Mapping[str, Any]
) -> list[Line]:
    per_task = sum(task_states(load.lots_per_task, load.waves).values())
    per_lot = _mean(load, {rounds: sum(lot_states(rounds).values()) for rounds in (1, 2)})
    express_seconds = math.ceil(lot_seconds * 10) / 10
    match orchestration:
        case "standard":
            return [_line("state transitions", tasks * per_task + load.lots * per_lot, "standard_transition", table)]
        case "express":
            return [
                _line("state transitions", tasks * per_task, "standard_transition", table),
                _line("Express executions", load.lots, "express_request", table),
                _line("Express GB-seconds", load.lots * express_seconds * _EXPRESS_GB, "express_gb_second", table),
            ]
        case "distributed_map":
            # A child runs its task's machine inside itself: the task lasts as long as its waves of lots.
            task_seconds = express_seconds * load.waves
            executions = tasks / _BATCH + load.lots
            duration = tasks * task_seconds + load.lots * express_seconds
            return [
                _line("state transitions", tasks / _BATCH, "standard_transition", table),
                _line("Express executions", executions, "express_request", table),
                _line("Express GB-seconds", duration * _EXPRESS_GB, "express_gb_second", table),
            ]


def _functions(
    load: Load, tasks: int, calls: Counter[str], shape: Mapping[str, Any], seconds: float, table: Mapping[str, Any]
) -> list[Line]:
    minutes = HOURS_PER_MONTH * 60 * shape["minutely_functions"]
    invocations = gb_seconds = 0.0
    for name, function in shape["functions"].items():
        times = calls[name] * load.lots / 1_000 if name in _PER_LOT else tasks
        busy = function_seconds(function, shape) + (seconds if name == "ExecuteLot" else 0.0)
        invocations += times
        gb_seconds += times * busy * function["memory_mb"] / 1_024
    return [
        _line("Lambda invocations", invocations, "lambda_request", table),
        _line("Lambda GB-seconds", gb_seconds, "lambda_gb_second", table),
        _line("Lambda invocations by the clock", minutes, "lambda_request", table, fixed=True),
        _line("Lambda GB-seconds by the clock", minutes * 0.1 * 0.375, "lambda_gb_second", table, fixed=True),
    ]


def function_seconds(function: Mapping[str, Any], shape: Mapping[str, Any]) -> float:
    """How long a call takes there: its processor time on its share of a core, and a round trip to the database."""
    share = min(1.0, function["memory_mb"] / FULL_CORE_MB)
    return float((function["ms"] / share + shape["cloud_round_trip_ms"]) / 1_000)


_PER_LOT = {"OpenAuction", "ClearAuction", "ExecuteLot", "SettleLot", "RecordOutcome"}


def _calls(load: Load) -> Counter[str]:
    """Calls of each function for a thousand lots."""
    calls: Counter[str] = Counter()
    for rounds, share in ((1, 1 - load.fallback_share), (2, load.fallback_share)):
        for name, times in lot_states(rounds).items():
            calls[name] += round(1_000 * share * times)
    return calls


def _lot_seconds(shape: Mapping[str, Any], calls: Counter[str], model_seconds: float) -> float:
    functions = shape["functions"]
    ours = sum(function_seconds(functions[name], shape) * calls[name] / 1_000 for name in _PER_LOT)
    return ours + model_seconds


def _storage(load: Load, tasks: int, shape: Mapping[str, Any], table: Mapping[str, Any]) -> list[Line]:
    s3 = shape["s3"]
    puts = load.lots * s3["puts_per_lot"] + tasks * s3["puts_per_task"]
    gets = load.lots * s3["gets_per_lot"] + tasks * s3["gets_per_task"]
    ledger = load.lots * shape["ledger_bytes_per_lot"] / _GB
    return [
        _line("S3 writes", puts, "s3_put", table),
        _line("S3 reads", gets, "s3_get", table),
        _line("ledger growth, GB", ledger, "database_gb_month", table),
        _line("database hours", HOURS_PER_MONTH, "database_hour", table, fixed=True),
        _line(
            "interface endpoint hours",
            shape["interface_endpoints"] * HOURS_PER_MONTH,
            "endpoint_hour",
            table,
            fixed=True,
        ),
        _line("keys", shape["keys"], "key_month", table, fixed=True),
        _line("proxy vCPU-hours", 2 * HOURS_PER_MONTH, "proxy_vcpu_hour", table, fixed=True),
    ]


def _watching(load: Load, tasks: int, shape: Mapping[str, Any], table: Mapping[str, Any]) -> list[Line]:
    per_lot = load.log_bytes_per_lot if load.log_bytes_per_lot is not None else shape["log_bytes_per_lot"]
    logs = load.lots * per_lot / _GB
    return [
        _line("logs, GB", logs, "logs_gb", table),
        _line("logs kept, GB-months", logs * 0.15, "logs_gb_month", table),
        _line("traces", tasks * load.traced_share, "trace", table),
        _line("custom metrics", shape["custom_metrics"], "metric_month", table, fixed=True),
        _line("alarms", shape["alarm_metrics"], "alarm_metric_month", table, fixed=True),
        _line("dashboard", 1, "dashboard_month", table, fixed=True),
    ]


def _models(load: Load, shape: Mapping[str, Any], table: Mapping[str, Any]) -> list[Line]:
    read = load.input_tokens if load.input_tokens is not None else shape["tokens"]["input"]
    written = load.output_tokens if load.output_tokens is not None else shape["tokens"]["output"]
    lines = []
    for model, share in load.mix.items():
        price = table["models"][model]
        calls = load.lots * share * (1 + load.fallback_share)
        mtok = (read * price["input_usd_per_mtok"] + written * price["output_usd_per_mtok"]) / 1_000_000
        lines.append(Line(f"tokens of {model}", calls, "call", calls * mtok))
    return lines


def _model_seconds(load: Load, table: Mapping[str, Any]) -> float:
    unknown = sorted(set(load.mix) - set(table["models"]))
    if unknown:
        known = ", ".join(sorted(table["models"]))
        raise InvalidRequest(f"no price for {', '.join(unknown)}; there are prices for {known}")
    if not load.mix or abs(sum(load.mix.values()) - 1) > 1e-6 or min(load.mix.values()) < 0:
        raise InvalidRequest("the shares of a mix add up to 1")
    return float(sum(share * table["models"][model]["seconds"] for model, share in load.mix.items()))


def _mean(load: Load, by_rounds: Mapping[int, float]) -> float:
    return (1 - load.fallback_share) * by_rounds[1] + load.fallback_share * by_rounds[2]


def _line(name: str, amount: float, price: str, table: Mapping[str, Any], *, fixed: bool = False) -> Line:
    entry = table["prices"][price]
    return Line(name, amount, entry["unit"], amount * entry["usd"], fixed)


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files(package) / name).read_text())
    return loaded


def price_table() -> dict[str, Any]:
    """The prices, with the date and source of each."""
    return _read("prices.json")
