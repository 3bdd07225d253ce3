"""What is published of the API is what the API is."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambdas import openapi
from schemas.api import draft4
from schemas.api.requests import BODIES

OPENAPI = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
TASK = {"task": {"text": "x"}}
ACCEPTED: dict[str, list[Any]] = {
    "TaskSubmission": [TASK, TASK | {"source": "s", "options": {"kinds": ["draft"], "data_class": "public"}}],
    "FeedbackGiven": [{"reward": 0.5}, {"corrected": {"label": "x"}}],
    "SeatStatusChange": [{"seat_id": "a/b", "status": "retired"}],
    "BudgetLimit": [{"limit_micros": 5, "window": "day"}],
    "ReplayAsked": [{"policies": ["uniform"], "since_ms": 0}],
}
REFUSED: dict[str, list[Any]] = {
    "TaskSubmission": [TASK | {"tenant": "other"}, {"task": {"text": ""}}, TASK | {"source": 7}],
    "FeedbackGiven": [{"reward": 1.5}, {"reward": "good"}],
    "SeatStatusChange": [{"seat_id": "a b", "status": "retired"}, {"seat_id": "a", "status": "asleep"}],
    "BudgetLimit": [{"limit_micros": -1}, {}],
    "ReplayAsked": [{"policies": []}, {"policies": ["uniform"], "since_ms": 2**48}],
}


def test_the_openapi_document_is_fresh() -> None:
    """The committed document is what the routes say; `python -m lambdas.openapi` writes it."""
    assert OPENAPI.read_text() == openapi.text()


def test_every_route_says_how_it_fails_and_who_may_call_it() -> None:
    """Each operation is OpenAPI 3.1 with problem details, and only the health check and the page are open."""
    document = openapi.document()
    assert document["openapi"].startswith("3.1")
    operations = [(path, each) for path, found in document["paths"].items() for each in found.values()]
    assert len({each["operationId"] for _, each in operations}) == len(operations)
    assert all("application/problem+json" in each["responses"]["default"]["content"] for _, each in operations)
    assert [path for path, each in operations if each.get("security") == []] == ["/", "/health", "/page/{name}"]
    assert "tenant" not in json.dumps([each.get("parameters") for _, each in operations])


@pytest.mark.parametrize("name", BODIES)
def test_published_schemas_are_fresh(name: str) -> None:
    """Each committed schema is what its type says, in draft 4; `python -m schemas.api.draft4` writes them."""
    written = (draft4.FOLDER / f"{name}.json").read_text()
    assert written == draft4.text_of(BODIES[name])
    jsonschema.Draft4Validator.check_schema(json.loads(written))


@pytest.mark.parametrize("name", ACCEPTED)
def test_published_schemas_judge_as_the_types_do(name: str) -> None:
    """What a type takes its published schema takes, and what one refuses for its shape the other refuses too."""
    validator = jsonschema.Draft4Validator(draft4.schema_of(BODIES[name]))
    for body in ACCEPTED[name]:
        BODIES[name].model_validate(body)
        assert validator.is_valid(body), body
    for body in REFUSED[name]:
        with pytest.raises(ValueError, match="validation error"):
            BODIES[name].model_validate(body)
        assert not validator.is_valid(body), body
