"""Embeddings of the queries, as they come with outcome data."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bidding.contexts import FEATURE_SQUARES_MAX
from bidding.domain.errors import InvalidRequest

# The best first: ParetoBandit's own 26 columns, a sentence embedding, averaged word vectors.
PREFERRED = ("pca26", "minilm", "wordllama64")


@dataclass(frozen=True, slots=True)
class Features:
    """`vectors` (Q, d) of one embedding; `missing` queries had none and got the mean of the others."""

    name: str
    vectors: NDArray[np.float64]
    missing: int

    def take(self, rows: NDArray[np.intp]) -> Features:
        """Of these queries, in this order."""
        return replace(self, vectors=self.vectors[rows])

    def join(self, other: Features) -> Features:
        """Of two sets, one after the other. Raises InvalidRequest where they are not as wide."""
        if self.vectors.shape[1] != other.vectors.shape[1]:
            raise InvalidRequest(
                f"{self.name} has {self.vectors.shape[1]} columns in --data, {other.vectors.shape[1]} in --test-data:"
                " embed both alike"
            )
        return Features(self.name, np.vstack([self.vectors, other.vectors]), self.missing + other.missing)


def load_features(file: Path, query_ids: tuple[str, ...]) -> Features | None:
    """One vector per query; None where the file is not there.

    Raises:
        InvalidRequest: the file is not readable, has none of the known embeddings, knows none of the queries, or has
            vectors too long to learn from.
    """
    if not file.is_file():
        return None
    try:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise InvalidRequest(f"{file} holds a single array: save it with numpy.savez, by the names of its columns")
        with loaded as arrays:
            name = next((name for name in PREFERRED if name in arrays), None)
            if name is None or "query_id" not in arrays:
                raise InvalidRequest(f"{file} needs query_id and one of {', '.join(PREFERRED)}")
            ids = [str(query_id) for query_id in arrays["query_id"]]
            table = np.asarray(arrays[name], dtype=np.float64)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise InvalidRequest(f"{file} is not a numpy archive of plain arrays: {error}") from None
    if table.ndim != 2 or len(table) != len(ids) or not np.isfinite(table).all():
        raise InvalidRequest(f"{file}: {name} must hold one finite vector per query_id")
    squares = (table * table).sum(axis=1)
    if squares.size and squares.max() > FEATURE_SQUARES_MAX:
        row = int(squares.argmax())
        raise InvalidRequest(
            f"{file}: the squares of {name} of {ids[row]} sum to {squares[row]:.3g}, and may to"
            f" {FEATURE_SQUARES_MAX:.0g}: scale the vectors"
        )
    row_of = {query_id: row for row, query_id in enumerate(ids)}
    rows = np.array([row_of.get(query_id, -1) for query_id in query_ids])
    known = rows >= 0
    if not known.any():
        raise InvalidRequest(f"{file} knows none of the queries")
    vectors = table[rows]
    vectors[~known] = table[rows[known]].mean(axis=0)
    return Features(name, vectors, int((~known).sum()))
