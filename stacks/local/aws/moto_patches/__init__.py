"""Every change we make to moto's Step Functions interpreter.

Each patch checks the fingerprint of the code it replaces and refuses any other, naming moto's version.
"""

import logging
import threading

from stacks.local.aws.moto_patches import definitions, executions, integrations, jsonata_states, map_runs

_lock = threading.Lock()
_applied = False


def apply() -> None:
    """Patch moto once per process; further calls do nothing.

    Raises:
        MotoChanged: the installed moto differs from the one the patches were written for.
    """
    global _applied  # noqa: PLW0603 - patches are of the whole process
    with _lock:
        if _applied:
            return
        for patch in (jsonata_states, definitions, integrations, executions, map_runs):
            patch.apply()
        # moto logs a failing state as an error at every level of nesting; the result of the execution has it once.
        logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
        _applied = True
