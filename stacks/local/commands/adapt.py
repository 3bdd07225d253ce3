"""`atomic adapt`: compile a seat's variants from verified lots."""

from __future__ import annotations

from typing import Annotated, cast, get_args

import typer

from schemas.adaptation import CompileRequest
from schemas.terms import Kind
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, existing, open_stack, out

OPTIMIZERS = tuple(get_args(CompileRequest.model_fields["optimizer"].annotation))


def adapt(
    kind: Annotated[str, typer.Argument(help=f"Kind of lot: {', '.join(get_args(Kind))}.", show_default=False)],
    seat: Annotated[str, typer.Option(help="Id of the seat whose prompt is to be made better.", show_default=False)],
    optimizer: Annotated[str, typer.Option(help=f"DSPy's optimizer: {', '.join(OPTIMIZERS)}.")] = "search",
    budget: Annotated[int, typer.Option(min=0, help="µ$ that the challenger may spend in its trial.")] = 2_000,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Compile a variant of a seat from this ledger's verified lots and let it bid as a challenger.

    Better means: on verified lots that it was not made of. It becomes a champion, or retires, by what it earns.
    """
    if kind not in get_args(Kind):
        raise typer.BadParameter(f"no kind {kind!r}; there are {', '.join(get_args(Kind))}")
    if optimizer not in OPTIMIZERS:
        raise typer.BadParameter(f"no optimizer {optimizer!r}; there are {', '.join(OPTIMIZERS)}")
    with open_stack(existing(home)) as stack:
        request = CompileRequest(
            tenant=stack.tenant,
            kind=cast("Kind", kind),
            seat_id=seat,
            optimizer=cast("object", optimizer),  # type: ignore[arg-type]
            exploration_micros=budget,
        )
        compiled = stack.adapt(request)
        stack.seal()
    if as_json:
        out.print_json(compiled.model_dump_json())
        return
    found = f"{compiled.right:.2f} against {compiled.base_right:.2f} of {seat} on {compiled.examined} lots kept apart"
    if compiled.variant is None:
        out.print(f"nothing better was found: {found}")
        return
    instruction = compiled.instruction or "the usual one"
    out.print(f"{compiled.variant} bids from the next auction on, as a challenger with {budget} µ$: {found}")
    out.print(f"instruction: {instruction}; shows {len(compiled.demonstrations)} verified lots")
