"""`atomic feedback`: tell the market how good an answer was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from schemas.execution import FeedbackRequest
from stacks.local.commands.output import (
    DEFAULT_HOME,
    HomeOption,
    ProfileOption,
    existing,
    in_one_sentence,
    open_stack,
    out,
)
from stacks.local.errors import FeedbackRefused
from stacks.local.remote.connect import connect


def feedback(
    lots: Annotated[
        list[str], typer.Argument(help="Ids of the lots judged; --label is for `classify` lots.", show_default=False)
    ],
    reward: Annotated[float | None, typer.Option(min=0, max=1, help="How good the answer was, 0 to 1.")] = None,
    corrected: Annotated[
        Path | None, typer.Option(help="JSON file with the answer as it should have been.", show_default=False)
    ] = None,
    label: Annotated[str | None, typer.Option(help="Short for a corrected `classify`: the right label.")] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="A judge's word, such as a larger model's, not a human's.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    profile: ProfileOption = None,
) -> None:
    """Record a human's word on one or more lots; the next auction knows it.

    A right answer, corrected or approved, is shown to later lots of its kind as an example.
    """
    right = _right_answer(corrected, label)
    if profile:
        with connect(profile, home) as api:
            for lot in lots:
                request = _request("remote", lot, reward, right, judge=judge)
                given = request.model_dump(include={"reward", "corrected", "source"}, exclude_none=True)
                taken = api.post(f"/lots/{lot}/feedback", given)
                out.print(f"{lot}: recorded, its answer earned {taken['reward'] or 0.0:.2f}")
        return
    with open_stack(existing(home)) as stack:
        for lot in lots:
            standing = stack.feedback(_request(stack.tenant, lot, reward, right, judge=judge))
            lesson = "; the right answer is kept as an example" if right and not judge else ""
            out.print(f"{lot}: recorded, its answer earned {standing or 0.0:.2f}{lesson}")
        stack.seal()


def _right_answer(corrected: Path | None, label: str | None) -> dict[str, object] | None:
    if corrected is not None and label is not None:
        raise typer.BadParameter("give --corrected or --label, not both")
    if label is not None:
        return {"label": label, "confidence": 1.0}
    if corrected is None:
        return None
    try:
        answer = json.loads(corrected.read_text())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{corrected} is no readable JSON file: {error}") from error
    if not isinstance(answer, dict):
        raise typer.BadParameter(f"{corrected} must hold one JSON object, the answer as it should have been")
    return answer


def _request(
    tenant: str, lot: str, reward: float | None, right: dict[str, object] | None, *, judge: bool
) -> FeedbackRequest:
    if reward is None and right is None:
        raise typer.BadParameter("give --reward, --corrected or --label")
    try:
        return FeedbackRequest(
            tenant=tenant, lot_id=lot, reward=reward, corrected=right, source="judge" if judge else "human"
        )
    except ValidationError as error:
        raise FeedbackRefused(in_one_sentence(error)) from error
