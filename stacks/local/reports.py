"""What `atomic run` says of one task, to people and to machines."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.results import LotResult


@dataclass(frozen=True, slots=True)
class TaskReport:
    """The end of one task. `task_id` is None for a source that could not even be stored."""

    task_id: str | None
    source: str
    status: str
    reason: str | None
    lots: tuple[LotResult, ...]
    cost_micros: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        """The documented line of `atomic run --json`; see docs/reference/run-json.md."""
        return {
            "task_id": self.task_id,
            "source": self.source,
            "status": self.status,
            "reason": self.reason,
            "result": [
                {"kind": lot.kind, "part": lot.part, "output": lot.output}
                for lot in self.lots
                if lot.output is not None
            ],
            "lots": [
                {
                    "lot_id": lot.lot_id,
                    "kind": lot.kind,
                    "winner": lot.winner,
                    "status": lot.status,
                    "price_micros": lot.price_micros,
                    "cost_micros": lot.cost_micros,
                    "propensity": lot.propensity,
                    "runners_up": list(lot.runners_up),
                }
                for lot in self.lots
            ],
            "cost_micros": self.cost_micros,
            "seconds": round(self.seconds, 3),
        }

    def _result(self) -> list[dict[str, object]] | None:
        answers = [lot for lot in self.lots if lot.output is not None]
        return [{"kind": lot.kind, "part": lot.part, "output": lot.output} for lot in answers] or None
