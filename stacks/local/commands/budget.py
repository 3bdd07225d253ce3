"""`atomic budget`: what may be spent, on what, in which time."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Annotated, Literal

import typer
from rich.table import Table

from bidding.domain.budgets import EVERYTHING, BudgetScope, ScopedBudget
from bidding.domain.learning.learner import PacePlan
from bidding.domain.learning.state import PaceState
from bidding.services.learning import pace_spending
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, existing, open_stack, out

app = typer.Typer(help="What may be spent: in all, on verdicts or on all else, per hour, day or month.")

_MICROS = Decimal(1_000_000)


def _allowance(per_lot: str) -> float | None:
    if per_lot == "none":
        return None
    try:
        micros = float(per_lot)
    except ValueError:
        micros = math.nan
    if not 0 < micros < math.inf:
        raise typer.BadParameter(
            f"{per_lot!r} is neither a number of micro-dollars above 0 nor none", param_hint="'--per-lot'"
        )
    return micros


def _share(explore: float | None) -> float | None:
    if explore is not None and not 0 <= explore <= 1:
        raise typer.BadParameter(f"{explore:g} is no share of the lots: it lies between 0 and 1, such as 0.05")
    return explore


@app.callback(invoke_without_command=True)
def show(context: typer.Context, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List the budgets, as they stand in the current hour, day and month."""
    if context.invoked_subcommand:
        return
    with open_stack(existing(home)) as stack:
        now_ms = stack.market.clock()
        budgets = [each.at(now_ms) for each in stack.ledger.budgets(stack.tenant)]
        pace = stack.ledger.current(stack.tenant).state.pace
    if as_json:
        out.print_json(json.dumps({"budgets": [asdict(each) for each in budgets], "pace": _pace_document(pace)}))
    else:
        out.print(_table(budgets))
        out.print(_pace_sentence(pace))


@app.command("set")
def set_limit(
    dollars: Annotated[str, typer.Argument(help="The limit, in US dollars.", show_default=False)],
    scope: Annotated[
        BudgetScope, typer.Option(help="judge: verdicts alone; mail: every other call, jobs too; * for all.")
    ] = EVERYTHING,
    per: Annotated[
        Literal["hour", "day", "month"] | None,
        typer.Option(help="Count anew in each (UTC); without it, for ever."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Set a limit. A hold must fit into every budget that applies to it.

    A limit below what is spent and held already is refused.
    """
    limit_micros = _micros(dollars)
    with open_stack(home) as stack:
        stack.ledger.set_budget(stack.tenant, limit_micros, scope, per, stack.market.clock())
    out.print(f"at most ${limit_micros / _MICROS} on {_named(scope)} {f'per {per}' if per else 'in all'}")


@app.command("pace")
def pace_spending_of_lots(
    per_lot: Annotated[
        str | None, typer.Option(help="Mean allowance of a lot in micro-dollars; none for no pace.", show_default=False)
    ] = None,
    explore: Annotated[
        float | None,
        typer.Option(
            help="Share of lots that go to any seat alike, to learn, 0 to 1.", show_default=False, callback=_share
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show how spending is paced, or set it from the next lot on. What is not named stays as it is.

    An allowance raises λ, the price of money, until the mean lot costs no more; a new one begins with an empty purse.
    """
    allowance = None if per_lot is None else _allowance(per_lot)
    sets = per_lot is not None or explore is not None
    with open_stack(home if sets else existing(home)) as stack:
        pace = stack.ledger.current(stack.tenant).state.pace
        if sets:
            plan = PacePlan(
                pace.allowance_micros if per_lot is None else allowance,
                pace.uniform_share if explore is None else explore,
            )
            pace = pace_spending(stack.market, stack.tenant, plan)
    if as_json:
        out.print_json(json.dumps(_pace_document(pace)))
    else:
        out.print(_pace_sentence(pace))


def _pace_document(pace: PaceState) -> dict[str, float | None]:
    return {
        "allowance_micros": pace.allowance_micros,
        "purse_micros": pace.purse_micros,
        "spent_micros": pace.spent_micros,
        "low": pace.low,
        "high": pace.high,
        "high_share": pace.high_share,
        "uniform_share": pace.uniform_share,
    }


def _pace_sentence(pace: PaceState) -> str:
    explored = f"; {pace.uniform_share:.0%} of the lots go to any seat alike" if pace.uniform_share else ""
    if pace.allowance_micros is None:
        return f"pace: none{explored}"
    drawn = f"{pace.low:.3g}, for {pace.high_share:.0%} of the lots {pace.high:.3g}" if pace.high else f"{pace.low:.3g}"
    return f"pace: {pace.allowance_micros:g} µ$ per lot, purse {pace.purse_micros:.0f} µ$, λ {drawn}{explored}"


def _micros(dollars: str) -> int:
    try:
        micros = (Decimal(dollars.removeprefix("$")) * _MICROS).to_integral_value(ROUND_DOWN)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{dollars!r} is not an amount of dollars") from error
    if not micros.is_finite() or not 0 <= micros < 2**63:
        raise typer.BadParameter("a limit is at least 0, and below nine trillion dollars")
    return int(micros)


def _named(scope: str) -> str:
    return "everything" if scope == EVERYTHING else scope


def _table(budgets: list[ScopedBudget]) -> Table:
    table = Table("on", "per", "limit", "spent", "held", "left", title="budgets, in dollars", title_justify="left")
    for each in budgets:
        budget = each.budget
        left = budget.limit_micros - budget.spent_micros - budget.held_micros
        amounts = (budget.limit_micros, budget.spent_micros, budget.held_micros, left)
        table.add_row(_named(each.scope), each.window or "ever", *(f"{micros / _MICROS:f}" for micros in amounts))
    return table
