"""Process emails from Python.

python examples/email_processor.py examples/inbox/01-invoice-question.eml
"""

import sys
from pathlib import Path

from schemas.terms import TaskOptions
from stacks.local.stack import LocalStack


def main(paths: list[str]) -> None:
    """Send each email through the market and print who did what, for how much."""
    options = TaskOptions(data_class="confidential")
    with LocalStack(Path(".atomic")) as market:
        for path in paths:
            report = market.submit(Path(path).read_bytes(), source=path, options=options)
            print(f"{path}: {report.status}, {report.cost_micros} micro-dollars")
            for lot in report.lots:
                print(f"  {lot.kind:<10} {lot.winner or lot.reason}: {lot.output}")


if __name__ == "__main__":
    main(sys.argv[1:])
