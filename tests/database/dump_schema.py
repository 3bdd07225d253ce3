"""The schema as pg_dump writes it, without what differs from run to run.

`python -m tests.database.dump_schema` writes `schemas/schema.sql` anew after a migration was added.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from bidding.adapters.postgres.migrations import migrate
from stacks.local.postgres.binaries import locate_binaries, server_user
from stacks.local.postgres.server import PostgresServer

SCHEMA = Path(__file__).parents[2] / "schemas" / "schema.sql"

_HEADER = """\
-- The schema after all migrations: for reading, and for a test that keeps it true. Never applied.
-- Written by `python -m tests.database.dump_schema`.
"""
_NOISE = re.compile(r"^(--|SET |SELECT pg_catalog\.set_config|\\)")


def dump(dsn: str) -> str:
    """The canonical schema of a migrated database."""
    user = server_user()
    with tempfile.TemporaryDirectory() as copies:
        program = locate_binaries(user, Path(copies)).folder / "pg_dump"
        options = ["--schema-only", "--exclude-table=schema_migrations"]
        command = [str(program), *options, dsn]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = [line.rstrip() for line in printed.splitlines() if not _NOISE.match(line)]
    return _HEADER + "\n" + re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() + "\n"


def main() -> None:
    """Write the file from a server of its own."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        server = PostgresServer(Path(home))
        try:
            dsn = server.acquire()
            migrate(dsn)
            SCHEMA.write_text(dump(dsn))
        finally:
            server.release()


if __name__ == "__main__":
    main()
