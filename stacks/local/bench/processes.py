"""How benches start clients: real processes, each with its own memory, cheap to start and fit to be killed."""

from __future__ import annotations

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["stacks.local.bench.made_up_auctions"])
"""A client is forked from a process that has imported the ledger's adapter and holds nothing else of ours."""
