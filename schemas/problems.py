"""What is wrong with a value that is not of its type, in one sentence."""

from __future__ import annotations

from pydantic import ValidationError


def first_problem(error: ValidationError, whole: str = "") -> str:
    """The first problem, by the name of its field: `reply.labels.0: Field required`.

    `whole` names the value itself, for a problem of no one field. What was given is left out: it may be anybody's text.
    """
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or whole
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
