"""`atomic explain`: why was this model selected?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from bidding.domain.ids import LotId
from bidding.services.judging import judgement_of
from stacks.local.cards import lot_explanation, safe
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, ProfileOption, existing, open_stack, out
from stacks.local.remote.connect import connect


def explain_lot(
    lot: Annotated[str, typer.Argument(help="A lot's id, as the cards of `atomic run` show it.", show_default=False)],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
) -> None:
    """Show every bid on a lot, its score taken apart, what each loser was told, and what would have won."""
    if profile:
        with connect(profile, home) as api:
            told = api.get(f"/lots/{lot}")
        if as_json:
            out.print_json(json.dumps(told))
        for sentence in () if as_json else told["sentences"]:
            out.print(safe(sentence, 2_000))
        return
    with open_stack(existing(home)) as stack:
        history = stack.ledger.history(stack.tenant, LotId(lot))
        judgement = judgement_of(stack.ledger, stack.tenant, LotId(lot))
    if as_json:
        judged = {"judgement": asdict(judgement)} if judgement else {}
        out.print_json(json.dumps(asdict(history) | judged))
    else:
        lot_explanation(out, history, judgement)
