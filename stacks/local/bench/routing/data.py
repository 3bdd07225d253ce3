"""Outcome data measured by others: every chosen model's answer to every query, as a query × model matrix.

A folder holds `queries.csv.gz` (query_id, kind, prompt), `outcomes.csv.gz` (query_id, model, score, cost_usd and
where known tok_in, tok_out, latency_ms, valid_output) and maybe `features.npz` (query_id and one embedding per query).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.features import Features, load_features
from stacks.local.bench.routing.tables import read_rows

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_QUERY_COLUMNS = ("query_id", "kind", "prompt")
_OUTCOME_COLUMNS = ("query_id", "model", "score", "cost_usd")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Q queries answered by each of N models.

    `score` (0..1), `cost_usd`, `tokens_out`, `latency_ms` and `valid` (1, 0) are (Q, N); `tokens_in` is (Q,); NaN is
    unknown. `dropped` counts the queries left out because a chosen model has no outcome for them.
    """

    name: str
    models: tuple[str, ...]
    query_ids: tuple[str, ...]
    kinds: tuple[str, ...]
    prompts: tuple[str, ...]
    score: Floats
    cost_usd: Floats
    tokens_in: Floats
    tokens_out: Floats
    latency_ms: Floats
    valid: Floats
    features: Features | None
    dropped: int

    def __len__(self) -> int:
        return len(self.query_ids)

    def take(self, rows: Rows) -> Outcomes:
        """These queries, in this order."""
        return replace(
            self,
            query_ids=tuple(self.query_ids[row] for row in rows),
            kinds=tuple(self.kinds[row] for row in rows),
            prompts=tuple(self.prompts[row] for row in rows),
            score=self.score[rows],
            cost_usd=self.cost_usd[rows],
            tokens_in=self.tokens_in[rows],
            tokens_out=self.tokens_out[rows],
            latency_ms=self.latency_ms[rows],
            valid=self.valid[rows],
            features=self.features and self.features.take(rows),
        )

    def first_models(self, count: int) -> Outcomes:
        """As if only the first models were there."""
        return replace(
            self,
            models=self.models[:count],
            score=self.score[:, :count],
            cost_usd=self.cost_usd[:, :count],
            tokens_out=self.tokens_out[:, :count],
            latency_ms=self.latency_ms[:, :count],
            valid=self.valid[:, :count],
        )


def load_outcomes(folder: Path, models: Sequence[str] = ()) -> Outcomes:
    """Read a folder; `models` chooses among the models and fixes their order, all of them by default.

    Raises:
        InvalidRequest: a file or column is missing, a score is NaN or outside 0..1, a cost is negative or NaN, a
            query or outcome appears twice, an outcome names a query that is not in queries.csv.gz, a model was
            asked for that is not in the data, or no query was answered by every chosen model.
    """
    queries = read_rows(folder / "queries.csv.gz", _QUERY_COLUMNS)
    outcomes_file = folder / "outcomes.csv.gz"
    outcomes = read_rows(outcomes_file, _OUTCOME_COLUMNS)
    row_of = {query["query_id"]: row for row, query in enumerate(queries)}
    if len(row_of) != len(queries):
        raise InvalidRequest(f"{folder / 'queries.csv.gz'}: a query_id appears twice")
    chosen = _chosen(models, tuple(dict.fromkeys(row["model"] for row in outcomes)), outcomes_file)
    column_of = {model: column for column, model in enumerate(chosen)}
    shape = (len(queries), len(chosen))
    score, cost, tokens_in, tokens_out, latency, valid = (np.full(shape, np.nan) for _ in range(6))
    for line, outcome in enumerate(outcomes, start=2):
        where = f"{outcomes_file}, line {line}"
        row = row_of.get(outcome["query_id"])
        if row is None:
            raise InvalidRequest(f"{where}: query_id {outcome['query_id']!r} is not in queries.csv.gz")
        value = _number(outcome, "score", where, upper=1.0)
        price = _number(outcome, "cost_usd", where, upper=math.inf)
        column = column_of.get(outcome["model"])
        if column is None:
            continue
        if not math.isnan(score[row, column]):
            raise InvalidRequest(f"{where}: a second outcome of {outcome['model']} for {outcome['query_id']}")
        score[row, column], cost[row, column] = value, price
        tokens_in[row, column] = _optional(outcome, "tok_in", where)
        tokens_out[row, column] = _optional(outcome, "tok_out", where)
        latency[row, column] = _optional(outcome, "latency_ms", where)
        valid[row, column] = _truth(outcome, "valid_output", where)
    answered = np.flatnonzero(~np.isnan(score).any(axis=1))
    if not answered.size:
        raise InvalidRequest(f"{outcomes_file}: no query was answered by all of {', '.join(chosen)}")
    whole = Outcomes(
        name=folder.resolve().name,
        models=chosen,
        query_ids=tuple(query["query_id"] for query in queries),
        kinds=tuple(query["kind"] for query in queries),
        prompts=tuple(query["prompt"] for query in queries),
        score=score,
        cost_usd=cost,
        tokens_in=_first_known(tokens_in),
        tokens_out=tokens_out,
        latency_ms=latency,
        valid=valid,
        features=load_features(folder / "features.npz", tuple(row_of)),
        dropped=len(queries) - answered.size,
    )
    return whole.take(answered)


def join(learn: Outcomes, report: Outcomes) -> Outcomes:
    """Two sets of the same models, one after the other.

    Raises:
        InvalidRequest: the features of one set cannot be compared with those of the other.
    """
    if (learn.features and learn.features.name) != (report.features and report.features.name):
        raise InvalidRequest(f"{learn.name} and {report.name} have different features; give both the same features.npz")
    return replace(
        learn,
        query_ids=learn.query_ids + report.query_ids,
        kinds=learn.kinds + report.kinds,
        prompts=learn.prompts + report.prompts,
        score=np.vstack([learn.score, report.score]),
        cost_usd=np.vstack([learn.cost_usd, report.cost_usd]),
        tokens_in=np.concatenate([learn.tokens_in, report.tokens_in]),
        tokens_out=np.vstack([learn.tokens_out, report.tokens_out]),
        latency_ms=np.vstack([learn.latency_ms, report.latency_ms]),
        valid=np.vstack([learn.valid, report.valid]),
        features=learn.features.join(report.features) if learn.features and report.features else None,
        dropped=learn.dropped + report.dropped,
    )


def _chosen(given: Sequence[str], known: tuple[str, ...], file: Path) -> tuple[str, ...]:
    asked = [part for name in given for part in ([name] if name in known else name.split(",")) if part]
    for model in asked:
        if model not in known:
            raise InvalidRequest(f"{file} has no model {model!r}; it has {', '.join(known)}")
    if len(set(asked)) != len(asked):
        raise InvalidRequest("a model was named twice")
    chosen = tuple(asked) or known
    if len(chosen) < 2:
        raise InvalidRequest("routing needs at least two models")
    return chosen


def _number(row: dict[str, str], column: str, where: str, upper: float) -> float:
    try:
        value = float(row[column])
    except ValueError:
        raise InvalidRequest(f"{where}: {column} {row[column]!r} is not a number") from None
    if not (0 <= value <= upper) or math.isinf(value):
        raise InvalidRequest(f"{where}: {column} {row[column]} is outside 0..{upper:g}")
    return value


def _optional(row: dict[str, str], column: str, where: str) -> float:
    return _number(row, column, where, upper=math.inf) if row.get(column) else math.nan


def _truth(row: dict[str, str], column: str, where: str) -> float:
    """1 or 0, in digits or in words; NaN where nobody says."""
    word = (row.get(column) or "").lower()
    return float(word == "true") if word in {"true", "false"} else _optional(row, column, where)


def _first_known(per_model: Floats) -> Floats:
    """Input tokens of each query (Q,): of the first model that counted them. Tokenisers differ by little."""
    known = ~np.isnan(per_model)
    first: Floats = per_model[np.arange(len(per_model)), known.argmax(axis=1)]
    return first
