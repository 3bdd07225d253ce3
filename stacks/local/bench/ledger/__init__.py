"""How fast the ledger is, every figure beside `pgbench -N` on the same server in the same run."""
