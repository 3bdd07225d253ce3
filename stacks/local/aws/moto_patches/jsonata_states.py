"""Patch: moto has no JSONata engine and writes variables into expressions unescaped; bind them instead.

Errors arrive under the names AWS gives them: `States.QueryEvaluationError` for an expression that fails or yields
nothing, `States.NoChoiceMatched` for a Choice without a matching rule.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from stacks.local.aws.moto_patches import guard, jsonata_engine

_MENTIONS_CONTEXT = re.compile(r"\$states(?!\s*\.\s*(?:input|result|errorOutput)\b)")


def apply() -> None:
    """Install the engine in the two kinds of expression, and name the errors of Choice states."""
    guard.replace(StringJSONata, "_eval_body", _evaluate_expression, fingerprint="277b6f413214")
    guard.replace(StringVariableSample, "_eval_body", _evaluate_sample, fingerprint="4aa01e616a98")
    guard.wrap(StateChoice, "_eval_state", _name_no_choice_matched, fingerprint="47c01743c893")


def _name_no_choice_matched(stock: Callable[[Any, Environment], None]) -> Callable[[Any, Environment], None]:
    def choose(self: Any, env: Environment) -> None:
        try:
            stock(self, env)
        except RuntimeError as error:
            if self.default_state is None and str(error.args[0]).startswith("No branching option"):
                _raise_no_choice_matched(env)
            raise

    return choose


def _evaluate_expression(self: Any, env: Environment) -> None:
    result = _evaluate(self.expression, env)
    if result is jsonata_engine.UNDEFINED:
        _raise_query_error(env, f"The JSONata expression '{self.expression}' returned nothing (undefined).")
    env.stack.append(result)


def _evaluate_sample(self: Any, env: Environment) -> None:
    result = _evaluate(self.expression, env)
    env.stack.append(None if result is jsonata_engine.UNDEFINED else result)


def _evaluate(expression: str, env: Environment) -> Any:
    try:
        return jsonata_engine.evaluate(expression, _variables(expression, env))
    except jsonata_engine.JsonataError as error:
        _raise_query_error(env, f"The JSONata expression '{expression}' threw an error: {error}")


def _variables(expression: str, env: Environment) -> dict[str, Any]:
    """What an expression may refer to: `$states` and the assigned variables, inner scope over outer."""
    variables = {**env.variable_store._outer_scope, **env.variable_store._inner_scope}
    states = dict(env.states._states_data)
    if _MENTIONS_CONTEXT.search(expression):
        states["context"] = json.loads(to_json_str(states["context"]))  # it holds dates
    else:
        del states["context"]
    variables["states"] = states
    return variables


def _raise_query_error(env: Environment, cause: str) -> NoReturn:
    kind = StatesErrorNameType.StatesQueryEvaluationError
    reported = EvaluationFailedEventDetails(cause=cause, error=kind.to_name())
    _raise(env, kind, HistoryEventType.EvaluationFailed, {"evaluationFailedEventDetails": reported})


def _raise_no_choice_matched(env: Environment) -> NoReturn:
    kind = StatesErrorNameType.StatesNoChoiceMatched
    cause = "no rule of the Choice state matched and it has no Default"
    reported = TaskFailedEventDetails(cause=cause, error=kind.to_name())
    _raise(env, kind, HistoryEventType.TaskFailed, {"taskFailedEventDetails": reported})


def _raise(env: Environment, kind: StatesErrorNameType, event: HistoryEventType, details: Any) -> NoReturn:
    raise FailureEventException(
        FailureEvent(env=env, error_name=StatesErrorName(typ=kind), event_type=event, event_details=details)
    )
