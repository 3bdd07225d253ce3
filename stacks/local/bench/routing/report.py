"""What the routing bench says, to people and to machines."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from rich import box
from rich.table import Table

from stacks.local.bench.routing.experiment import Experiment, Measured, World
from stacks.local.bench.routing.metrics import Estimate
from stacks.local.bench.routing.summary import Line, ReferenceLine, Row, lines, reference_lines, rows


def tables(measured: Measured) -> list[Table]:
    """For people: the summary, then score, spend and shares of every contender at every budget."""
    return [_summary_table(measured), _score_table(measured), _spend_table(measured), _share_table(measured)]


def notes(world: World, experiment: Experiment) -> list[str]:
    """What a reader has to know about the data and the split."""
    outcomes = world.outcomes
    said = [f"{outcomes.name}: {len(outcomes)} queries, {len(outcomes.models)} models, kinds by {experiment.kinds}"]
    if outcomes.dropped:
        said.append(f"{outcomes.dropped} queries dropped: not every chosen model answered them")
    if outcomes.features is None:
        said.append("no features.npz: the context is kind, log length and intercept")
    else:
        said.append(f"features: {outcomes.features.name}, {outcomes.features.vectors.shape[1]} columns")
        if outcomes.features.missing:
            said.append(f"{outcomes.features.missing} queries had no features and got the mean of the others")
    said.append(_split_note(world, experiment))
    return said


def protocol(world: World, experiment: Experiment) -> dict[str, object]:
    """What was run on, for machines."""
    return {
        "data": world.outcomes.name,
        "queries": len(world.outcomes),
        "dropped": world.outcomes.dropped,
        "models": list(world.outcomes.models),
        "budgets_usd": list(world.budgets),
        "kinds": experiment.kinds,
        "holdout": experiment.holdout,
        "test_data": experiment.test_data.name if experiment.test_data else None,
        "seeds": experiment.seeds,
        "notes": notes(world, experiment),
    }


def as_json(measured: Measured) -> dict[str, object]:
    """For machines. `rows`, `summary` and `references` as documented; `protocol` and `details` say the rest."""
    found, totals = rows(measured), lines(measured)
    known = {line.name: line for line in reference_lines(measured.references)}
    budgets = measured.world.budgets
    return {
        "rows": [
            {
                "policy": row.policy,
                "budget_usd": row.budget_usd,
                "mean_score": row.score.mean,
                "spend_ratio": row.spend_ratio.mean,
                "shares": row.shares,
                "seeds": measured.experiment.seeds,
            }
            for row in found
        ],
        "summary": [
            {
                "policy": line.policy,
                "aiq": line.aiq and line.aiq.mean,
                "mean_over_budgets": line.mean_over_budgets.mean,
                "regret": line.regret.mean,
            }
            for line in totals
        ],
        "references": {
            "best_single": _reference_json(known["best_single"], budgets) | _best_single_json(measured),
            "zero_router": _reference_json(known["zero_router"], budgets),
            "oracle": _reference_json(known["oracle"], budgets),
            "knn_offline": _reference_json(known["knn_offline"], budgets),
        },
        "protocol": protocol(measured.world, measured.experiment),
        "details": {"rows": [asdict(row) for row in found], "summary": [asdict(line) for line in totals]},
    }


def _summary_table(measured: Measured) -> Table:
    table = Table(title="Over all budgets, ± 95 % over seeds", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for header in ("who", "AIQ", "mean score", "regret", "95 % at $", "µs"):
        table.add_column(header, justify="left" if header == "who" else "right", no_wrap=True)
    grouped = _grouped(measured)
    for line in lines(measured):
        found = grouped[line.policy]
        table.add_row(
            line.policy,
            *(_short(value) for value in (line.aiq, line.mean_over_budgets, line.regret)),
            _cost_text(line, measured.experiment.seeds),
            f"{np.median([row.route_us for row in found]):.0f}+{np.median([row.learn_us for row in found]):.0f}",
        )
    table.add_section()
    for reference in reference_lines(measured.references):
        table.add_row(rf"\[{reference.name}]", _short(reference.aiq), _short(reference.mean_over_budgets))
        if reference.aiq_at_budgets != reference.aiq:
            table.add_row("  at budgets", _short(reference.aiq_at_budgets))
    return table


def _score_table(measured: Measured) -> Table:
    table = _by_budget("Mean score at each budget, ± 95 % over seeds", measured)
    for name, found in _grouped(measured).items():
        table.add_row(name, *(_two_lines(row.score) for row in found))
    table.add_section()
    for reference in reference_lines(measured.references):
        table.add_row(rf"\[{reference.name}]", *(f"{score:.4f}" for score in reference.score))
    return table


def _spend_table(measured: Measured) -> Table:
    table = _by_budget("Spend / budget, and below it spend / max(budget, always the cheapest)", measured)
    for name, found in _grouped(measured).items():
        table.add_row(name, *(f"{row.spend_ratio.mean:.3f}\n{row.capped_ratio.mean:.3f}" for row in found))
    table.add_section()
    for reference in reference_lines(measured.references):
        ratios = zip(reference.cost_usd, measured.world.budgets, strict=True)
        table.add_row(rf"\[{reference.name}]", *(f"{cost / budget:.3f}" for cost, budget in ratios))
    return table


def _share_table(measured: Measured) -> Table:
    table = _by_budget("Share of the picks, %", measured)
    for name, found in _grouped(measured).items():
        table.add_section()
        table.add_row(f"[bold]{name}[/bold]")
        for model in measured.world.outcomes.models:
            table.add_row(f"  {model.rpartition('/')[2]}", *(f"{100 * row.shares[model]:.1f}" for row in found))
    return table


def _by_budget(title: str, measured: Measured) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("$ per query", no_wrap=True, max_width=18)
    for budget in measured.world.budgets:
        table.add_column(f"{budget:.2g}", justify="right", no_wrap=True)
    return table


def _grouped(measured: Measured) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows(measured):
        grouped.setdefault(row.policy, []).append(row)
    return grouped


def _short(value: Estimate | None) -> str:
    if value is None:
        return "none"
    margin = "" if value.margin is None else f"±{value.margin:.4f}".replace("±0", "±")
    return f"{value.mean:.4f}{margin}"


def _two_lines(value: Estimate) -> str:
    return _short(value).replace("±", "\n±")


def _cost_text(line: Line, seeds: int) -> str:
    if line.cost_to_95 is None:
        return "never"
    partly = "" if line.reached == seeds else f" ({line.reached}/{seeds})"
    return f"{line.cost_to_95.mean:.1e}{partly}"


def _split_note(world: World, experiment: Experiment) -> str:
    if experiment.test_data is not None:
        learnt = world.plan.learn_count
        return f"learnt on {learnt} queries, reported on the others; prices are means of the learning set"
    if experiment.holdout is not None:
        share = f"{experiment.holdout:.0%}"
        return f"a random {share} per seed is reported, the rest is learnt on first; prices are means of the rest"
    return "no split: everything is reported, exploration included; prices are means of the set itself"


def _reference_json(line: ReferenceLine, budgets: tuple[float, ...]) -> dict[str, object]:
    return {
        "aiq": line.aiq and line.aiq.mean,
        "aiq_at_budgets": line.aiq_at_budgets and line.aiq_at_budgets.mean,
        "mean_over_budgets": line.mean_over_budgets.mean,
        "rows": [
            {"budget_usd": budget, "mean_score": score, "mean_cost_usd": cost}
            for budget, score, cost in zip(budgets, line.score, line.cost_usd, strict=True)
        ],
    }


def _best_single_json(measured: Measured) -> dict[str, object]:
    names = [reference.best_model for reference in measured.references]
    singles = [reference.singles for reference in measured.references]
    return {
        "model": max(sorted(set(names)), key=names.count),
        "mean_score": _mean([float(single.score[single.best]) for single in singles]),
        "mean_cost_usd": _mean([float(single.cost_usd[single.best]) for single in singles]),
    }


def _mean(values: list[float]) -> float:
    return float(np.mean(values))
