"""Taking away what came from a person, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bidding.adapters.in_memory.tables import TablesPart, TenantGraph, withdraw_relation
from bidding.domain.ids import EntityId, TaskId, TenantId
from bidding.domain.records import Erasure, JsonObject


class InMemoryErasure(TablesPart):
    """See `Eraser`."""

    def tasks_of_sender(self, tenant: TenantId, sender: EntityId) -> tuple[list[TaskId], list[TaskId]]:
        """Those that the graph knows to be the sender's, and those whose sender it does not know."""
        graph = self._tables.graphs.get(tenant, TenantGraph())
        sent = [each for each in graph.relations.values() if each.kind == "sent_by"]
        named = [TaskId(each.source.name) for each in sent if each.target.entity_id == sender]
        tasks = [task for (owner, _), task in self._tables.tasks.items() if owner == tenant]
        with_sender = {each.source.name for each in sent}
        unknown = [each.task_id for each in tasks if each.task_id not in with_sender and each.reason != "erased"]
        return sorted(named), sorted(unknown)

    def object_keys(self, tenant: TenantId, tasks: Sequence[TaskId]) -> list[str]:
        """Where text of these tasks may lie in object storage."""
        tables = self._tables
        known = [task for (owner, task_id), task in tables.tasks.items() if owner == tenant and task_id in tasks]
        keys = {task.document_key for task in known} | {task.result_key for task in known}
        keys |= {lot.payload_key for lot in tables.lots.values() if lot.tenant == tenant and lot.task_id in tasks}
        for award in self._awards(tenant, tasks):
            completion = tables.completions.get((tenant, award))
            keys.add(completion.raw_key if completion else None)
        return sorted(key for key in keys if key is not None)

    def erase_tasks(self, tenant: TenantId, erasure: Erasure) -> None:
        """Blank the rows of these tasks, let the graph forget them, and write the record."""
        tables, tasks = self._tables, erasure.task_ids
        with tables.lock:
            for task in tasks:
                if known := tables.tasks.get((tenant, task)):
                    erased = replace(known, source="", status="refused", reason="erased", result_key=None)
                    tables.tasks[tenant, task] = erased
            for key, lot in list(tables.lots.items()):
                if lot.tenant == tenant and lot.task_id in tasks:
                    tables.lots[key] = replace(lot, part="")
                    tables.demonstrations.pop(key, None)
            for award in self._awards(tenant, tasks):
                if completion := tables.completions.get((tenant, award)):
                    output: JsonObject | None = None if completion.output is None else {}
                    tables.completions[tenant, award] = replace(completion, detail="", output=output)
            self._forget(tenant, tasks)
            tables.erasures.setdefault((tenant, erasure.erasure_id), erasure)

    def erasures(self, tenant: TenantId) -> list[Erasure]:
        """All records, oldest first."""
        return [each for (owner, _), each in self._tables.erasures.items() if owner == tenant]

    def _forget(self, tenant: TenantId, tasks: Sequence[TaskId]) -> None:
        graph = self._tables.graphs.setdefault(tenant, TenantGraph())
        touched = set[EntityId]()
        for task in tasks:
            for relation_id in graph.evidence.get(task, set()):
                relation = graph.relations[relation_id]
                touched |= {relation.source.entity_id, relation.target.entity_id}
                withdraw_relation(graph, relation_id)
            if task in graph.evidence:
                graph.evidence[task] = set()
        alive = {end.entity_id for each in graph.relations.values() for end in (each.source, each.target)}
        for entity in touched:
            graph.embeddings.pop(entity, None)
            if entity not in alive:
                del graph.entities[entity]
            elif graph.entities[entity].kind == "thread":
                self._rename(graph, entity)

    def _rename(self, graph: TenantGraph, thread: EntityId) -> None:
        unnamed = replace(graph.entities[thread], name="")
        graph.entities[thread] = unnamed
        for relation_id, each in graph.relations.items():
            source = unnamed if each.source.entity_id == thread else each.source
            target = unnamed if each.target.entity_id == thread else each.target
            graph.relations[relation_id] = replace(each, source=source, target=target)

    def _awards(self, tenant: TenantId, tasks: Sequence[TaskId]) -> list[str]:
        lots = [lot.lot_id for lot in self._tables.lots.values() if lot.tenant == tenant and lot.task_id in tasks]
        return [award.award_id for lot in lots for award in self._tables.awards_of(tenant, lot)]
