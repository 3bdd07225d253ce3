"""`atomic graph`: what is known around a sender, a thread or anything else that has a name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.table import Table

from bidding.domain.errors import UnknownRecord
from bidding.domain.graph import HOPS_MAX, Entity, EntityKind, LikeEntity, Relation
from bidding.domain.ids import TenantId
from bidding.ports.knowledge import Graph
from stacks.local.cards import safe
from stacks.local.commands.output import DEFAULT_HOME, HomeOption, JsonOption, existing, open_stack, out
from stacks.local.graphml import graphml

LIKE_MAX = 5


def graph(
    name: Annotated[
        str,
        typer.Argument(
            help="An address, a Message-ID, a domain, a label, a task's or a seat's id.", show_default=False
        ),
    ],
    hops: Annotated[int, typer.Option(min=1, max=HOPS_MAX, help="How far to walk.")] = 2,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
    graphml_file: Annotated[
        Path | None, typer.Option("--graphml", help="Also write the neighbourhood to this file.", show_default=False)
    ] = None,
) -> None:
    """Show the neighbourhood of an entity of the knowledge graph, at most 20 relations from each."""
    with open_stack(existing(home)) as stack:
        roots = find(stack.ledger, stack.tenant, name)
        found = stack.ledger.neighbourhood(stack.tenant, [root.entity_id for root in roots], hops)
        alike = [
            like
            for root in roots
            if root.kind in {"sender", "thread"}
            for like in stack.ledger.nearest_entities(stack.tenant, root.entity_id, root.kind, LIKE_MAX)
        ]
    if graphml_file is not None:
        graphml_file.write_bytes(graphml(found))
    if as_json:
        document = {
            "roots": [asdict(root) for root in roots],
            "relations": [asdict(relation) for relation in found],
            "alike": [asdict(like) for like in alike],
        }
        print(json.dumps(document))
        return
    for root in roots:
        out.print(f"{root.kind}", safe(root.name))
    out.print(neighbourhood_table(found))
    for like in alike:
        out.print(_alike(like), safe(like.entity.name))


def find(ledger: Graph, tenant: TenantId, name: str) -> list[Entity]:
    """The entities of this name, of whatever kind. Raises UnknownRecord."""
    kinds: tuple[EntityKind, ...] = get_args(EntityKind)
    found = ledger.entities(tenant, [Entity.of(tenant, kind, name).entity_id for kind in kinds])
    if not found:
        raise UnknownRecord("nothing in the knowledge graph has this name; senders are named by their whole address")
    return found


def neighbourhood_table(relations: Sequence[Relation]) -> Table:
    """A line per relation, nearest first. Names come from mails: they are shown inert."""
    table = Table(box=None, pad_edge=False)
    for header in ("hop", "from", "relation", "to", "tasks", "class", "last seen"):
        table.add_column(header, justify="right" if header in {"hop", "tasks"} else "left", overflow="fold")
    for each in relations:
        seen = datetime.fromtimestamp(each.last_seen_ms / 1_000, UTC).date().isoformat()
        ends = [safe(f"{end.kind} {end.name}", 60) for end in (each.source, each.target)]
        table.add_row(str(each.hop), ends[0], each.kind, ends[1], str(each.weight), each.data_class, seen)
    return table


def _alike(like: LikeEntity) -> str:
    return f"writes like (cosine {like.similarity:.2f}): {like.entity.kind}"
