"""Run one handler in a process of its own, as Lambda may.

python -m tests.workflow.fresh_process MODULE HOME < event.json
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from stacks.local.aws.runtime import LocalRuntime
from stacks.local.stack import BUCKET


def main(module: str, home: Path) -> None:
    """Print the handler's answer."""
    with LocalRuntime(home, {}, buckets=[BUCKET]):
        answer = import_module(f"lambdas.{module}").handler(json.load(sys.stdin), None)
    sys.stdout.write(f"\n{json.dumps(answer)}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
