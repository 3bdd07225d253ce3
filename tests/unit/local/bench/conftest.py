"""Tiny outcome data, written the way the real sets are."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

Table = Sequence[dict[str, object]]
SetWriter = Callable[..., Path]


@pytest.fixture
def write_table() -> Callable[[Path, Table], None]:
    """Write rows as gzipped CSV; the first row names the columns."""

    def write(file: Path, rows: Table) -> None:
        with gzip.open(file, "wt", newline="") as text:
            writer = csv.DictWriter(text, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return write


@pytest.fixture
def write_set(tmp_path: Path, write_table: Callable[[Path, Table], None]) -> SetWriter:
    """Write a set from (queries × models) scores and costs, with features where given; returns its folder."""

    def write(score: object, cost: object, features: object = None, name: str = "set") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        scores, costs = np.asarray(score, dtype=float), np.asarray(cost, dtype=float)
        queries = [
            {"query_id": f"{name}-{row}", "kind": "odd" if row % 2 else "even", "prompt": f"question {row}"}
            for row in range(len(scores))
        ]
        write_table(folder / "queries.csv.gz", queries)
        outcomes = [
            {
                "query_id": f"{name}-{row}",
                "model": f"model-{column}",
                "score": scores[row, column],
                "cost_usd": costs[row, column],
                "tok_in": 10 + row,
                "tok_out": 20,
            }
            for row in range(len(scores))
            for column in range(scores.shape[1])
            if not np.isnan(scores[row, column])
        ]
        write_table(folder / "outcomes.csv.gz", outcomes)
        if features is not None:
            ids = np.array([query["query_id"] for query in queries])
            np.savez(folder / "features.npz", query_id=ids, minilm=np.asarray(features, dtype=np.float16))
        return folder

    return write


@pytest.fixture
def random_set(write_set: SetWriter) -> Callable[..., Path]:
    """A set of `count` queries whose features tell which of two models is the better one; dearer is mostly better."""

    def write(count: int = 120, models: int = 3, name: str = "set", seed: int = 5) -> Path:
        rng = np.random.default_rng(seed)
        features = rng.normal(size=(count, 4))
        level = 0.4 + 0.15 * np.arange(models) + 0.3 * (features[:, :1] > 0) * (np.arange(models) == 0)
        score = np.clip(level + 0.1 * rng.normal(size=(count, models)), 0, 1)
        cost = 1e-4 * 5.0 ** np.arange(models) * rng.uniform(0.5, 1.5, size=(count, models))
        return write_set(score, cost, features, name)

    return write
