"""`atomic replay`: what would another policy have earned and spent?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Group, RenderableType
from rich.progress import track
from rich.table import Table

from schemas.replay import Estimate, Measure, Refusal, ReplayReport, ReplayRequest
from stacks.local.cards import safe
from stacks.local.commands.figures import writable, write_figures
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, err, existing, in_one_sentence, open_stack, out

SHARES_DIFFER_FROM = 0.1
"""From here on it is worth saying that being judged depends on who was chosen."""
DEFAULT_POLICIES = ["greedy", "cheapest", "random"]
_OF_THE_LEDGER = ("policy", "since")
_OF_DATA = ("trials", "rounds", "behaviour")

Behaviour = Literal["softmax", "thompson"]


def replay(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Where --json writes, besides the table; without it, standard output.",
            show_default=False,
            callback=writable,
        ),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            help="One or more of best_single:SEAT, cheapest, greedy, random and lambda:X; "
            f"{', '.join(DEFAULT_POLICIES)} by default.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", help="Only tasks first seen from this UTC time on.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="Instead: check replays on outcome data, where the truth is known.", show_default=False
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="With --data: how many logs to replay.")] = 200,
    rounds: Annotated[
        int, typer.Option(min=100, help="With --data: rounds per log, at most 70 % of the data.")
    ] = 1_200,
    behaviour: Annotated[
        Behaviour, typer.Option(help="With --data: who logs, a fixed softmax policy or a learner.")
    ] = "softmax",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines, or write it to FILE.")] = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """What would a policy have earned and spent on the logged lots? With 95 % intervals, or a refusal and its reason.

    Figures are per lot, first call only: IPS, SNIPS and DR from logged propensities, beside what the log itself has.
    """
    if file is not None and not as_json:
        raise typer.BadParameter(f"{file} is where --json writes: say --json too; policies come after --policy")
    _check_mix(ctx, on_data=data is not None)
    if data is not None:
        shown, figures = _on_data(data, trials, rounds, behaviour)
    else:
        shown, figures = _on_ledger(home, policy or DEFAULT_POLICIES, since)
    if as_json and file is None:
        out.print_json(json.dumps(figures))
        return
    out.print(shown)
    write_figures(file, figures)


def _check_mix(ctx: typer.Context, *, on_data: bool) -> None:
    """Outcome data and the ledger are asked with options of their own. Raises BadParameter for one of the other's."""
    given = [name for name in (_OF_THE_LEDGER if on_data else _OF_DATA) if _typed(ctx, name)]
    if given and on_data:
        raise typer.BadParameter(f"--{given[0]} asks the ledger, and --data replays policies of its own: leave one out")
    if given:
        raise typer.BadParameter(f"--{given[0]} is for --data alone: say --data DIR too, or leave it out")


def _typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _on_data(data: Path, trials: int, rounds: int, behaviour: Behaviour) -> tuple[RenderableType, dict[str, object]]:
    from stacks.local.bench.replay import measure_replay  # noqa: PLC0415  see `open_stack`
    from stacks.local.bench.routing.data import load_outcomes  # noqa: PLC0415

    report = measure_replay(
        load_outcomes(data),
        trials=trials,
        rounds=rounds,
        behaviour=behaviour,
        progress=lambda steps: track(steps, "replay", trials, console=err, transient=True),
    )
    return Group(*report.tables()), report.as_json()


def _on_ledger(home: Path, policies: list[str], since: datetime | None) -> tuple[RenderableType, dict[str, object]]:
    since_ms = None if since is None else round(1_000 * since.replace(tzinfo=since.tzinfo or UTC).timestamp())
    with open_stack(existing(home)) as stack:
        try:
            request = ReplayRequest(tenant=stack.tenant, policies=tuple(policies), since_ms=since_ms)
        except ValidationError as error:
            raise typer.BadParameter(in_one_sentence(error)) from error
        report = stack.replay(request)
    return _for_people(report), report.model_dump(mode="json")


def _for_people(report: ReplayReport) -> Group:
    """A table of the estimates, and below it what was refused and what else to know."""
    table = Table(title="Per lot, first call only; 95 % intervals (--json has IPS too)")
    for header in ("policy", "lots", "DR", "SNIPS", "logged"):
        table.add_column(header, justify="left" if header == "policy" else "right", overflow="fold")
    notes: list[str] = []
    for each in report.policies:
        for name, answer, digits in (("reward", each.reward, 3), ("cost, µ$", each.cost, 1)):
            if isinstance(answer, Refusal):
                notes.append(f"{each.policy}: refused, {answer.reason}: {answer.detail}")
                continue
            table.add_row(f"{each.policy}\n{name}", *_cells(answer, digits))
            if abs(answer.share - answer.target_share) > SHARES_DIFFER_FROM:
                shares = f"{answer.share:.0%} of the log, {answer.target_share:.0%} of what {each.policy} would choose"
                notes.append(f"{name} is known of {shares}: the figures speak of those lots only")
    return Group(*([table] if table.rows else []), *map(safe, dict.fromkeys(notes)))


def _cells(answer: Measure, digits: int) -> list[str]:
    known = f"{answer.rounds} of {round(answer.rounds / answer.share)}\nworth {answer.effective_rounds:.0f}"
    return [known, *(_said(each, digits) for each in (answer.dr, answer.snips, answer.logged))]


def _said(estimate: Estimate, digits: int) -> str:
    return f"{estimate.mean:.{digits}f}\n{estimate.low:.{digits}f} … {estimate.high:.{digits}f}"
