"""StartSyncExecution, which moto lacks: an Express state machine run to its end in the calling thread."""

import uuid
from typing import Any

from stacks.local.aws.moto_patches import executions
from stacks.local.aws.service_hooks import Answer, Parameters, answer, refuse


def start_sync_execution(backend: Any, parameters: Parameters) -> Answer:
    """Run the child and answer as AWS does: one that failed is a 200 with a status, an error and a cause."""
    arn, text = parameters["stateMachineArn"], parameters.get("input", "{}")
    machine = next((each for each in backend.state_machines if each.arn == arn), None)
    if machine is None:
        return refuse("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    if machine.type != "EXPRESS":
        return refuse("StateMachineTypeNotSupported", f"{arn} is not an Express state machine")
    name = parameters.get("name") or str(uuid.uuid4())
    try:
        execution = executions.run_to_end(machine, name, text)
    except ValueError as error:
        return refuse("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'")
    members = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": arn,
        "name": name,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "status": "FAILED" if execution.status == "ABORTED" else execution.status,
        "input": text,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
    }
    return answer({member: value for member, value in members.items() if value is not None})
