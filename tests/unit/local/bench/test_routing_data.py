"""Outcome data is read whole or refused with a sentence that says what to do."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.data import join, load_outcomes

QUERY = {"query_id": "a", "kind": "k", "prompt": "p"}
OUTCOME = {"query_id": "a", "model": "m", "score": 0.5, "cost_usd": 0.1}


def test_the_matrix_holds_what_the_files_say(write_set: Callable[..., Path]) -> None:
    """Scores, costs and tokens land at their query and model; what the file does not know is NaN."""
    data = load_outcomes(write_set([[0.1, 0.9], [0.2, 0.8]], [[1.0, 3.0], [2.0, 4.0]]))
    assert data.models == ("model-0", "model-1")
    np.testing.assert_array_equal(data.score, [[0.1, 0.9], [0.2, 0.8]])
    np.testing.assert_array_equal(data.cost_usd, [[1.0, 3.0], [2.0, 4.0]])
    np.testing.assert_array_equal(data.tokens_in, [10, 11])
    assert (data.kinds, data.prompts) == (("even", "odd"), ("question 0", "question 1"))
    assert np.isnan(data.latency_ms).all()
    assert np.isnan(data.valid).all()
    assert data.features is None


@pytest.mark.parametrize(("word", "valid"), [("1", 1), ("0", 0), ("True", 1), ("false", 0), ("", np.nan)])
def test_validity_is_read_in_digits_and_in_words(
    tmp_path: Path, write_table: Callable[..., None], word: str, valid: float
) -> None:
    """As people and tables write it; nothing is unknown."""
    write_table(tmp_path / "queries.csv.gz", [QUERY])
    outcomes = [OUTCOME | {"valid_output": word}, OUTCOME | {"model": "n", "valid_output": word}]
    write_table(tmp_path / "outcomes.csv.gz", outcomes)
    np.testing.assert_array_equal(load_outcomes(tmp_path).valid, [[valid, valid]])


def test_queries_that_a_chosen_model_did_not_answer_are_dropped_and_counted(write_set: Callable[..., Path]) -> None:
    """Only complete rows remain, and the models that are asked for decide what complete means."""
    folder = write_set([[0.1, 0.9, np.nan], [0.2, 0.8, 0.7], [0.3, 0.6, 0.5]], np.ones((3, 3)))
    whole = load_outcomes(folder)
    assert (whole.query_ids, whole.dropped) == (("set-1", "set-2"), 1)
    chosen = load_outcomes(folder, ["model-1", "model-0"])
    assert (chosen.models, chosen.dropped) == (("model-1", "model-0"), 0)
    np.testing.assert_array_equal(chosen.score[0], [0.9, 0.1])


def test_a_query_without_features_gets_the_mean_of_the_others(write_set: Callable[..., Path]) -> None:
    """A gap in the embeddings neither fails the run nor drops the query, and it is counted."""
    folder = write_set(np.full((3, 2), 0.5), np.ones((3, 2)))
    np.savez(folder / "features.npz", query_id=np.array(["set-0", "set-2"]), minilm=np.array([[1.0, 3.0], [3.0, 5.0]]))
    features = load_outcomes(folder).features
    assert features is not None
    assert features.missing == 1
    np.testing.assert_array_equal(features.vectors, [[1, 3], [2, 4], [3, 5]])


@pytest.mark.parametrize(
    ("outcome", "complaint"),
    [
        ({"score": "nan"}, "score nan is outside"),
        ({"score": 1.5}, "score 1.5 is outside"),
        ({"score": -0.1}, "score -0.1 is outside"),
        ({"score": "good"}, "'good' is not a number"),
        ({"score": ""}, "'' is not a number"),
        ({"cost_usd": -1}, "cost_usd -1 is outside"),
        ({"cost_usd": "nan"}, "cost_usd nan is outside"),
        ({"cost_usd": "inf"}, "cost_usd inf is outside"),
        ({"query_id": "b"}, "'b' is not in queries"),
    ],
)
def test_a_bad_outcome_is_named_by_its_line(
    tmp_path: Path, write_table: Callable[..., None], outcome: dict[str, object], complaint: str
) -> None:
    """Not a number, out of range, or of an unknown query: the file, the line and the value are told."""
    write_table(tmp_path / "queries.csv.gz", [QUERY])
    write_table(tmp_path / "outcomes.csv.gz", [OUTCOME, OUTCOME | {"model": "n"} | outcome])
    with pytest.raises(InvalidRequest, match=rf"line 3: .*{complaint}"):
        load_outcomes(tmp_path)


def test_what_is_missing_is_named(tmp_path: Path, write_table: Callable[..., None]) -> None:
    """A missing file, column, model or row, and a second outcome, each have their own sentence."""
    with pytest.raises(InvalidRequest, match=r"queries\.csv\.gz is missing"):
        load_outcomes(tmp_path)
    write_table(tmp_path / "queries.csv.gz", [QUERY])
    write_table(tmp_path / "outcomes.csv.gz", [{"query_id": "a", "model": "m", "score": 1}])
    with pytest.raises(InvalidRequest, match="lacks the column cost_usd"):
        load_outcomes(tmp_path)
    write_table(tmp_path / "outcomes.csv.gz", [OUTCOME, OUTCOME | {"model": "n"}, OUTCOME])
    with pytest.raises(InvalidRequest, match="a second outcome of m for a"):
        load_outcomes(tmp_path)
    write_table(tmp_path / "outcomes.csv.gz", [OUTCOME, OUTCOME | {"model": "n"}])
    with pytest.raises(InvalidRequest, match="no model 'gpt'; it has m, n"):
        load_outcomes(tmp_path, ["gpt"])
    with pytest.raises(InvalidRequest, match="at least two models"):
        load_outcomes(tmp_path, ["m"])
    write_table(tmp_path / "queries.csv.gz", [QUERY, QUERY])
    with pytest.raises(InvalidRequest, match="a query_id appears twice"):
        load_outcomes(tmp_path)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """Plain bytes under the right name do not end in a traceback."""
    (tmp_path / "queries.csv.gz").write_bytes(b"query_id,kind,prompt\n")
    with pytest.raises(InvalidRequest, match="not gzipped CSV"):
        load_outcomes(tmp_path)
    (tmp_path / "queries.csv.gz").write_bytes(gzip.compress(b"query_id,kind,prompt\na,b\n"))
    with pytest.raises(InvalidRequest, match="fewer fields than the header"):
        load_outcomes(tmp_path)
    (tmp_path / "queries.csv.gz").write_bytes(gzip.compress(b"query_id,kind,prompt\na,b,c,d\n"))
    with pytest.raises(InvalidRequest, match="more fields than the header"):
        load_outcomes(tmp_path)


def test_two_sets_are_joined_only_with_the_same_features(write_set: Callable[..., Path]) -> None:
    """Learning on one embedding and reporting on another would be nonsense."""
    plain = load_outcomes(write_set(np.full((2, 2), 0.5), np.ones((2, 2))))
    embedded = load_outcomes(write_set(np.full((2, 2), 0.5), np.ones((2, 2)), np.eye(2), "other"))
    assert join(plain, plain).score.shape == (4, 2)
    with pytest.raises(InvalidRequest, match="different features"):
        join(plain, embedded)
    wider = load_outcomes(write_set(np.full((2, 2), 0.5), np.ones((2, 2)), np.ones((2, 3)), "wider"))
    with pytest.raises(InvalidRequest, match="2 columns in --data, 3 in --test-data"):
        join(embedded, wider)


def test_features_are_an_archive(write_set: Callable[..., Path]) -> None:
    """A single array under the name of one is refused in a sentence."""
    folder = write_set(np.full((2, 2), 0.5), np.ones((2, 2)))
    with (folder / "features.npz").open("wb") as file:
        np.save(file, np.eye(2))
    with pytest.raises(InvalidRequest, match="holds a single array"):
        load_outcomes(folder)


def test_features_too_long_to_learn_from_are_named_with_their_query(write_set: Callable[..., Path]) -> None:
    """Before a policy refuses them somewhere in the middle of a run."""
    folder = write_set(np.full((3, 2), 0.5), np.ones((3, 2)))
    vectors = np.array([[1.0], [2e6], [3.0]])
    np.savez(folder / "features.npz", query_id=np.array(["set-0", "set-1", "set-2"]), minilm=vectors)
    with pytest.raises(InvalidRequest, match=r"features\.npz: the squares of minilm of set-1 sum to 4e\+12"):
        load_outcomes(folder)


def test_models_are_named_singly_or_with_commas_between(write_set: Callable[..., Path]) -> None:
    """A comma that belongs to a name divides nothing."""
    folder = write_set(np.full((2, 3), 0.5), np.ones((2, 3)))
    assert load_outcomes(folder, ["model-2,model-0"]).models == ("model-2", "model-0")
    outcomes = folder / "outcomes.csv.gz"
    text = gzip.decompress(outcomes.read_bytes()).replace(b"model-1", b'"model,1"')
    outcomes.write_bytes(gzip.compress(text))
    assert load_outcomes(folder, ["model,1", "model-0"]).models == ("model,1", "model-0")
