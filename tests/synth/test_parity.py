"""What stands in the cloud and what stands on one machine are the same, but for what is listed here with its reason.

The machines themselves are compared in test_state_machines.py, what their triggers hand over in test_deployment.py.
"""

from __future__ import annotations

import json
from pathlib import Path

from stacks.functions import snake
from stacks.local.machines import MACHINES
from stacks.local.stack import COMPILE_TIMEOUT_S, FUNCTION_TIMEOUT_S
from stacks.local.variables import environment_of

from .asl import tasks
from .conftest import Synthesise
from .template import FUNCTIONS_NOT_DEPLOYED, Template

CALLED_OTHERWISE = {
    "api": "`atomic serve` calls the same handler",
    "maintain_ledger": "a stack calls the handler as it opens",
    "seal_receipts": "a stack seals while it is open, with the same service",
    "migrate_ledger": "a stack migrates as it opens, with the same runner",
    "market_widget": "it draws in CloudWatch; `atomic market` prints",
}
"""Functions that no state machine calls, and what takes their place on one machine."""
ONLY_LOCAL = {
    "ATOMIC_CACHE_DIR": "weights are unpacked and catalogues kept on this machine",
    "ATOMIC_OWNER": "a process that may die owns its tasks; in the cloud the installation does",
    "ATOMIC_SCRIPT": "answers of scripted seats, in tests",
    "ATOMIC_NO_BEDROCK": "why this machine may not call Bedrock; in the cloud a role says it",
    "ATOMIC_UPLOAD_BASE": "S3 itself takes uploads in the cloud",
}
ONLY_CLOUD = {
    "ATOMIC_DATA_CLASS": "a setting of each environment; on one machine documents say their own class",
    "ATOMIC_JUDGING": "likewise; on one machine the person at the keyboard may set it",
    "ATOMIC_PRINCIPALS": "who an IAM role is; on one machine the caller is the person at the keyboard",
    "ATOMIC_OWNER_SECRET": "MigrateLedger's alone: the owner's password",
    "ATOMIC_LEDGER_HOST": "likewise: past the proxy",
    "ATOMIC_LEDGER_NAME": "likewise",
}


def test_a_function_is_the_same_handler_in_both(synthesise: Synthesise) -> None:
    """Every function that a local machine calls is deployed or listed; what else is deployed has its local stand-in."""
    called = {snake(name) for machine in MACHINES for name in machine.functions}
    deployed = {module for stack in synthesise("dev").values() for module in stack.functions()}
    assert deployed - called == CALLED_OTHERWISE.keys()
    assert called - deployed == FUNCTIONS_NOT_DEPLOYED


def test_a_variable_is_set_in_both(synthesise: Synthesise) -> None:
    """The functions of all stacks together get the variables that a local stack sets, but for those listed above."""
    functions = [function for stack in synthesise("dev").values() for function in stack.functions().values()]
    in_cloud = {name for function in functions for name in function["Environment"]["Variables"]}
    local = environment_of(
        Path("home"),
        app_dsn="host=here",
        owner_dsn="host=here",
        bucket="atomic-documents",
        budget_micros=1,
        machines=["process_task"],
        script=Path("script.json"),
        may_call_bedrock=False,
        upload_base="http://here",
    ).keys()
    assert local - in_cloud == ONLY_LOCAL.keys()
    assert in_cloud - local == ONLY_CLOUD.keys()


def test_a_local_function_has_the_time_that_a_deployed_one_has(template: Template) -> None:
    """The local time-out is that of the slowest deployed function; CompileVariant ends before the state it serves."""
    functions = template.functions()
    called = {snake(name) for machine in MACHINES for name in machine.functions} - FUNCTIONS_NOT_DEPLOYED
    assert max(functions[name]["Timeout"] for name in called) == FUNCTION_TIMEOUT_S
    (compiling,) = (machine for machine in MACHINES if machine.name == "adapt_variants")
    assert tasks(json.loads(compiling.definition))["CompileVariant"]["TimeoutSeconds"] > COMPILE_TIMEOUT_S
