"""`atomic graph`: what a name holds stays data, in the terminal and in the file."""

from __future__ import annotations

import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rich.console import Console

from bidding.adapters.in_memory import InMemoryLedger
from bidding.domain import ids
from bidding.domain.errors import UnknownRecord
from bidding.domain.graph import Entity, SolvedLot, organisation_of, sender_of, task_relations
from bidding.domain.ids import SeatId, TaskId, TenantId
from stacks.local.commands.graph import find, neighbourhood_table
from stacks.local.graphml import graphml

TENANT = TenantId("t")
TASK = TaskId(ids.task_id(1_790_000_000_000, "t", "mail-1"))
HOSTILE = "\x1b[31m[bold]<script>\u202e&amp;]]>\x00\ud800"
RELATIONS = task_relations(
    TENANT, TASK, "ada@example.org", HOSTILE, "internal", [SolvedLot(HOSTILE, True, SeatId("s"), None)]
)
_ML = "{http://graphml.graphdrawing.org/xmlns}"


def test_hostile_names_are_inert_in_the_terminal() -> None:
    """No escape code, no markup and no change of direction reaches the terminal."""
    console = Console(file=io.StringIO(), width=200, color_system="truecolor", force_terminal=True)
    console.print(neighbourhood_table(RELATIONS))
    assert isinstance(console.file, io.StringIO)
    printed = console.file.getvalue()
    assert "[31m[bold]<script>" in printed
    assert "\x1b[31m[bold]" not in printed
    assert "\u202e" not in printed


def test_graphml_is_well_formed_whatever_names_hold() -> None:
    """Every node and edge is there once, with its name as text; what XML cannot hold is replaced."""
    root = ElementTree.fromstring(graphml(RELATIONS))
    nodes = {node.get("id"): node.find(f"{_ML}data[@key='node_name']") for node in root.iter(f"{_ML}node")}
    edges = [(edge.get("source"), edge.get("target")) for edge in root.iter(f"{_ML}edge")]
    entities = {end.entity_id: end for each in RELATIONS for end in (each.source, each.target)}
    assert nodes.keys() == entities.keys()
    assert edges == [(each.source.entity_id, each.target.entity_id) for each in RELATIONS]
    names = {name.text for name in nodes.values() if name is not None}
    assert "\ufffd[31m[bold]<script>\u202e&amp;]]>\ufffd?" in names
    assert {"ada@example.org", "example.org", TASK, "s"} < names


def test_a_name_is_found_in_every_kind() -> None:
    """An address finds its sender whatever its case, a label its topic; a stranger is nobody."""
    ledger = InMemoryLedger()
    ledger.record_relations(TENANT, TASK, RELATIONS)
    assert [each.kind for each in find(ledger, TENANT, "Ada@Example.org")] == ["sender"]
    assert {each.kind for each in find(ledger, TENANT, HOSTILE)} == {"thread", "topic"}
    with pytest.raises(UnknownRecord, match="whole address"):
        find(ledger, TENANT, "bob@example.org")


@pytest.mark.parametrize(
    ("address", "organisation"),
    [("ada@Example.ORG", "example.org"), ("ada@gmail.com", None), ("ada", None), ("", None), ("a@b@c.org", "c.org")],
)
def test_an_organisation_owns_its_domain(address: str, organisation: str | None) -> None:
    """A domain is an organisation, unless it rents mailboxes to everybody."""
    found = organisation_of(TENANT, address)
    assert (found.name if found else None) == organisation


def test_an_entity_is_derived_from_its_name() -> None:
    """The same name is the same entity in any spelling, of another tenant or kind another one; names are cut."""
    ada = sender_of(TENANT, " Ada@Example.org ")
    assert ada == Entity.of(TENANT, "sender", "ada@example.org")
    others = [Entity.of(TenantId("u"), "sender", "ada@example.org"), Entity.of(TENANT, "topic", "ada@example.org")]
    assert ada is not None
    assert ada.entity_id not in {other.entity_id for other in others}
    assert len(Entity.of(TENANT, "thread", "x" * 1_000).name) == 300
    assert sender_of(TENANT, "  ") is None


def test_what_a_task_says_is_said_once() -> None:
    """Two lots of one task that agree make one relation."""
    twice = [SolvedLot("invoice", True, SeatId("s"), None)] * 2
    relations = task_relations(TENANT, TASK, "ada@example.org", "", "internal", twice)
    assert len(relations) == len(set(relations)) == 5
    assert all(replace(each, data_class="public") not in relations for each in relations)
