"""`atomic erase`: forget a sender or a task."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import Annotated

import typer

from bidding.services.erasure import erase
from stacks.local.cards import safe
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, existing, open_stack, out


def erase_sender_or_task(
    who: Annotated[str, typer.Argument(help="A sender's address or a task's id.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Erase what came from a sender, or one task: documents, answers, examples and what the graph knows.

    Auctions, awards and settlements stay, and receipts still verify. A record says which tasks were erased, by whom
    and when, and nothing of the sender.
    """
    if not yes:
        typer.confirm("Erase for good?", abort=True)
    with open_stack(existing(home)) as stack:
        erasure = erase(stack.market, stack.tenant, who, erased_by=getpass.getuser())
    if as_json:
        print(json.dumps(asdict(erasure)))
        return
    out.print(f"erased {len(erasure.task_ids)} tasks and {erasure.objects} objects of", safe(who))
    out.print(f"record {erasure.erasure_id}")
