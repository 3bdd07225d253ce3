"""What the use cases need from the outside, as small protocols.

Whatever reads or writes the ledger may raise `LedgerUnavailable` (the store did not answer: retry). Every write is
idempotent on its ids: a second call changes nothing.
"""
