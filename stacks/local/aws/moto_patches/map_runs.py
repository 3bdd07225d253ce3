"""Patch: a Distributed Map fails once more of its items have failed than it tolerates.

moto reads the two tolerances, counts what failed, and compares nothing: a map whose every item failed succeeds.
"""

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)

from stacks.local.aws.moto_patches import guard

_CAUSE = "The specified tolerated failure threshold was exceeded"


def apply() -> None:
    """Compare what failed with what is tolerated, when all items have ended."""
    guard.wrap(DistributedIterationComponent, "_map_run", _judged, fingerprint="e45cb604929f")


def _judged(run: Callable[..., None]) -> Callable[..., None]:
    def map_run(self: Any, env: Any, eval_input: Any) -> None:
        run(self, env, eval_input)
        counted = eval_input.map_run_record.item_counter
        failed = counted.failed.get() + counted.timed_out.get()
        percentage = 100 * failed / max(1, counted.total.get())
        # Ours set one of the two: moto gives the other as zero, whether it was set or not.
        tolerated = (
            failed <= eval_input.tolerated_failure_count or percentage <= eval_input.tolerated_failure_percentage
        )
        if not tolerated:
            name = StatesErrorName(StatesErrorNameType.StatesExceedToleratedFailureThreshold)
            told = MapRunFailedEventDetails(error=name.error_name, cause=_CAUSE)
            details: Any = {"mapRunFailedEventDetails": told}
            raise FailureEventException(FailureEvent(env, name, HistoryEventType.MapRunFailed, details))

    return map_run
