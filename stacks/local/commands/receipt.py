"""`atomic receipt`: proof that a lot's rows were sealed, and its check without the database."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from bidding.adapters.signing import read_public_key, signed_by
from bidding.domain.ids import LotId
from bidding.domain.receipts import LotProof, PublicKey
from bidding.services.proofs import check_proof, prove_lot
from schemas import receipts as wire
from stacks.local.cards import safe
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, existing, in_one_sentence, open_stack, out, say

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def receipt(
    lot: Annotated[str | None, typer.Argument(help="A lot's id.", show_default=False)] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the proof to this file instead of printing it.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option("--check", help="Check a proof; needs neither database nor network.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="PEM file of the key to trust; without it the proof's own key is used.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Prove that every row about a lot was sealed, or check such a proof."""
    if (lot is None) == (check is None):
        raise typer.BadParameter("give a lot, or --check and a file")
    if check is not None:
        _check(check, public_key)
        return
    assert lot is not None
    with open_stack(existing(home)) as stack:
        proof = prove_lot(stack.notary, stack.tenant, LotId(lot))
    text = wire.LotProof.model_validate(proof, from_attributes=True).model_dump_json(indent=1)
    if out_file is None:
        out.print_json(text)
    else:
        out_file.write_text(text + "\n")
        say(f"{len(proof.rows)} rows proven, written to", str(out_file))
    if proof.unsealed:
        say(f"[yellow]{len(proof.unsealed)} rows are not sealed yet[/yellow]; ask again after the next sealing")
        raise typer.Exit(1)


def _check(file: Path, key_file: Path | None) -> None:
    try:
        document = wire.LotProof.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise typer.BadParameter(f"{file} is no proof: {in_one_sentence(error)}") from error
    proof = TypeAdapter(LotProof).validate_python(document.model_dump(exclude={"format"}))
    trusted = read_public_key(key_file.read_bytes()) if key_file else PublicKey(proof.public_key)
    problems = check_proof(proof, trusted, signed_by)
    table = Table("receipt", "table", "column", "value", title=f"lot {proof.lot_id}")
    for row in proof.rows:
        for name, kind, value in row.fields:
            table.add_row(str(row.batch), row.table, name, safe(_readable(kind, value)))
    out.print(table)
    for table_name, key in proof.unsealed:
        say("[yellow]not sealed when this was written:[/yellow]", f"{table_name} {key}")
    if not key_file:
        say(f"[yellow]the key came with the proof[/yellow]: compare {trusted.key_id} with the installation's")
    for problem in problems:
        say("[red]wrong:[/red]", problem)
    if problems or not proof.rows:
        raise typer.Exit(1)
    say(f"[green]proven[/green]: {len(proof.rows)} rows, signed by key {trusted.key_id}")


def _time(value: bytes) -> str:
    return (_EPOCH + timedelta(microseconds=int.from_bytes(value, "big", signed=True))).isoformat()


def _list(packed: str, value: bytes) -> str:
    """A list of numbers as PostgreSQL sends it: five numbers, then the length and the bytes of each element."""
    elements, at = [], 20
    while at < len(value):
        (length,) = struct.unpack_from(">i", value, at)
        elements.append("null" if length < 0 else repr(struct.unpack_from(">" + packed, value, at + 4)[0]))
        at += 4 + max(length, 0)
    return f"[{', '.join(elements)}]"


_READERS: dict[str, Callable[[bytes], str]] = {
    "integer": lambda value: str(int.from_bytes(value, "big", signed=True)),
    "bigint": lambda value: str(int.from_bytes(value, "big", signed=True)),
    "xid8": lambda value: str(int.from_bytes(value, "big")),
    "double precision": lambda value: repr(struct.unpack(">d", value)[0]),
    "boolean": lambda value: json.dumps(value == b"\x01"),
    "uuid": lambda value: str(uuid.UUID(bytes=value)),
    "timestamp with time zone": _time,
    "bytea": bytes.hex,
    "bigint[]": lambda value: _list("q", value),
    "double precision[]": lambda value: _list("d", value),
}


def _readable(kind: str, value: bytes) -> str:
    """A column's bytes as people write them: what is shown is what was proven."""
    try:
        return _READERS.get(kind, bytes.decode)(value)
    except (ValueError, struct.error, OverflowError):
        return value.hex()
