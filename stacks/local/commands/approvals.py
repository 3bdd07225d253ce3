"""`atomic approvals`: answers that wait for a person."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from stacks.local.cards import safe
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, ProfileOption, out
from stacks.local.remote.client import Api
from stacks.local.remote.connect import connect

ApprovalArgument = Annotated[str, typer.Argument(help="An approval's id, as the list shows it.", show_default=False)]
app = typer.Typer(help="Answers that wait for a person: list them, approve, edit or reject.")
_CONCLUDING_SECONDS = 10.0


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
) -> None:
    """List what waits, the first to expire first, and how categories stand."""
    if context.invoked_subcommand:
        return
    with connect(profile, home) as api:
        listed = api.get("/approvals", limit=200)
    if as_json:
        out.print_json(json.dumps(listed))
        return
    for waiting in listed["open"]:
        out.print(_table(waiting))
    out.print(f"{len(listed['open'])} wait, {len(listed['decided'])} were decided lately")
    for standing in listed["autonomy"]:
        lost = f", last lost {_time(standing['lost_ms'])}" if standing["lost_ms"] else ""
        out.print(safe(f"{standing['category']}: {standing['streak']} approved in a row without an edit{lost}"))


@app.command()
def approve(approval: ApprovalArgument, home: HomeOption = DEFAULT_HOME, profile: ProfileOption = None) -> None:
    """Let an answer count as it is. It becomes an example for later ones."""
    _decide(profile, home, approval, {"verdict": "approved"})


@app.command()
def edit(
    approval: ApprovalArgument,
    output: Annotated[
        Path | None, typer.Option(help="JSON file of the answer as it should be.", show_default=False)
    ] = None,
    body: Annotated[str | None, typer.Option(help="Short for the output of a draft: its text.")] = None,
    home: HomeOption = DEFAULT_HOME,
    profile: ProfileOption = None,
) -> None:
    """Put a better answer in its place. It judges the seat's answer, and becomes an example."""
    _decide(profile, home, approval, {"verdict": "edited", "output": _output(output, body)})


@app.command()
def reject(approval: ApprovalArgument, home: HomeOption = DEFAULT_HOME, profile: ProfileOption = None) -> None:
    """Leave an answer out of the result."""
    _decide(profile, home, approval, {"verdict": "rejected"})


def _decide(profile: str | None, home: Path, approval: str, decision: dict[str, Any]) -> None:
    with connect(profile, home) as api:
        decided = api.post(f"/approvals/{approval}", decision)
        status = _concluded(api, decided["task_id"])
    out.print(safe(f"{decided['verdict']}: {decided['category']} of {decided['source']}; its task is {status}"))


def _concluded(api: Api, task_id: str) -> str:
    """How the task stands, once what this decision set in motion is through."""
    deadline = time.monotonic() + _CONCLUDING_SECONDS
    while True:
        task = api.get(f"/tasks/{task_id}")
        waiting = any(lot["approval"] == "pending" for lot in (task["result"] or {"lots": []})["lots"])
        undecided = any(each["task_id"] == task_id for each in api.get("/approvals", limit=200)["open"])
        if task["status"] != "awaiting_approval" or (waiting and undecided) or time.monotonic() > deadline:
            return str(task["status"])
        time.sleep(0.1)


def _output(file: Path | None, body: str | None) -> dict[str, Any]:
    if (file is None) == (body is None):
        raise typer.BadParameter("give --output or --body")
    if file is None:
        return {"body": body}
    try:
        answer = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} is no readable JSON file: {error}") from error
    if not isinstance(answer, dict):
        raise typer.BadParameter(f"{file} must hold one JSON object, the answer as it should be")
    return answer


def _table(waiting: dict[str, Any]) -> Table:
    overdue = "  overdue" if waiting["overdue"] else ""
    table = Table.grid(padding=(0, 2))
    table.add_row(safe(waiting["category"], 80), safe(f"of {waiting['source']}", 80))
    table.add_row("", safe(json.dumps(waiting["output"], ensure_ascii=False), 600))
    why = "it is a " + waiting["kind"] if waiting["because"] == "kind" else "low confidence"
    table.add_row("", safe(f"{why}; expires {_time(waiting['expires_ms'])}{overdue}"))
    table.add_row("", f"approval {waiting['approval_id']}")
    return table


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
