"""`atomic bench adaptation`: does it get better at the work while running?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from stacks.local.commands.figures import writable, write_figures
from stacks.local.commands.output import out


def adaptation(
    data: Annotated[Path, typer.Option("--data", help="Folder of the mail data, with enron_categories/ in it.")],
    texts: Annotated[
        str | None, typer.Option("--set", help="Learning curves on `enron` or `banking77`, per local model.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="All kinds of lot, by value x reward - cost.")] = False,
    emails: Annotated[int, typer.Option(min=5, help="How many labelled emails to run.")] = 200,
    held_out: Annotated[int, typer.Option(min=5, help="How many texts a curve is measured on.")] = 50,
    model: Annotated[list[str] | None, typer.Option(help="With --set: only these local models, one or more.")] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="With --set: draw the curves into this file.", callback=writable)
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the figures here; --set goes on from what it has.", callback=writable),
    ] = None,
) -> None:
    """Does the market move to what earns more? Labelled emails with feedback after each, against every seat alone.

    With --set: how often each small model is right after 0 to 200 verified lots, without demonstrations, with random
    and with the nearest ones, with a compiled prompt, beside what needs no language model.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database may run as another user
        if texts is not None:
            _curve(data, texts, held_out, folder, json_file, svg, model)
            return
        figures = _whole(folder, data, emails) if whole else _market(folder, data, emails)
    write_figures(json_file, figures)


def _curve(
    data: Path,
    texts: str,
    held_out: int,
    folder: Path,
    figures: Path | None,
    svg: Path | None,
    models: list[str] | None,
) -> None:
    from bidding.adapters.llama.weights import MODELS  # noqa: PLC0415  see `open_stack`
    from stacks.local.bench.adaptation.curve import measure_curve  # noqa: PLC0415
    from stacks.local.bench.adaptation.plot import plot  # noqa: PLC0415

    report = measure_curve(data, texts, held_out, folder, figures, models or tuple(MODELS))
    out.print(report.table())
    if svg is not None:
        curves = {f"{model}: {way}": shares for (model, way), shares in report.accuracies().items()}
        svg.write_text(plot(f"{texts}: right labels of {held_out} held-out texts", curves))


def _market(folder: Path, data: Path, emails: int) -> dict[str, object]:
    from stacks.local.bench.adaptation.market import measure_adaptation  # noqa: PLC0415

    report = measure_adaptation(folder, data, emails)
    out.print(report.table())
    return report.as_json()


def _whole(folder: Path, data: Path, emails: int) -> dict[str, object]:
    from stacks.local.bench.adaptation.whole import measure_whole  # noqa: PLC0415

    report = measure_whole(folder, data, emails)
    out.print(report.table())
    return report.as_json()
