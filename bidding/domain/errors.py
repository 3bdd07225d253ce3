"""Every error of the core, grouped by who must act.

    AtomicError
    ├── CallerError            the input must change
    │   ├── RefusedDocument    this document cannot become a task, and why
    │   ├── InvalidRequest     a field is missing, unknown or out of bounds
    │   ├── UnknownRecord      no such task, lot, seat or schema
    │   ├── Conflict           the request contradicts an earlier one, such as an idempotency key used again
    │   │   └── AlreadyDecided  nothing is left to wait for
    │   ├── NotSignedIn        nobody vouches for who asks
    │   └── NotAllowed         whoever asks may not do this
    ├── ModelError             a seat failed its lot; the next runner-up is asked
    │   └── EngineFailure      with a typed reason
    ├── MarketError            the auction ended without an award
    │   └── NoAward            with a typed reason
    └── OperatorError          the installation needs attention; retry later
        ├── LedgerUnavailable  the database did not answer
        ├── DocumentsUnavailable  object storage did not answer
        ├── WorkflowsUnavailable  the service that runs state machines did not answer
        ├── LedgerConflict     two writers disagree; the invariant held
        ├── ExecutionInProgress  the same award is being executed elsewhere
        ├── PolicyMoved        another fold was quicker; read again
        ├── SignerUnavailable  the key that signs receipts did not answer
        ├── AnchorsUnavailable  the place where receipts are anchored did not answer
        ├── LedgerRolledBack   the ledger is not the one whose receipts were anchored
        ├── ArchiveDiffers     a file read back is not what the ledger has; nothing was dropped
        └── Misconfigured      a setting is missing or wrong

Class names are the error names that the state machines catch: renaming one is a change of interface.
"""

from __future__ import annotations

from typing import Literal

from bidding.domain.usage import Usage

FailureReason = Literal[
    "refused",
    "unsafe",
    "invalid",
    "truncated",
    "too_slow",
    "throttled",
    "unavailable",
    "over_context",
    "busy",
    "interrupted",
]
"""Why a call gave no answer of its type. `busy` and `interrupted` are our doing; nobody is blamed for them."""
NoAwardReason = Literal["no_bids", "all_above_ceiling", "below_quality_floor", "over_budget", "rounds_exhausted"]


class AtomicError(Exception):
    """Anything the core raises on purpose."""


class CallerError(AtomicError):
    """The input must change before another try can succeed."""


class RefusedDocument(CallerError):
    """A document that cannot become a task. `reason` is a code, `detail` a sentence that says what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class InvalidRequest(CallerError):
    """A field is missing, unknown or out of bounds."""


class UnknownRecord(CallerError):
    """No such task, lot, seat or schema."""


class Conflict(CallerError):
    """The request contradicts an earlier one."""


class AlreadyDecided(Conflict):
    """What was to be waited for is there already."""


class NotSignedIn(CallerError):
    """Nobody vouches for who asks."""


class NotAllowed(CallerError):
    """Whoever asks may not do this."""


class ModelError(AtomicError):
    """A seat failed its lot."""


class EngineFailure(ModelError):
    """A typed failure of one model call.

    `started` tells whether the provider may have begun to bill, `usage` what it billed where that is known, `text` what
    the model had written.
    """

    def __init__(
        self,
        reason: FailureReason,
        detail: str,
        *,
        started: bool = True,
        usage: Usage | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.usage = usage
        self.text = text
        self.reason: FailureReason = reason
        self.detail = detail
        self.started = started


class MarketError(AtomicError):
    """The auction ended without an award."""


class NoAward(MarketError):
    """Nobody could be given the lot, and why."""

    def __init__(self, reason: NoAwardReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: NoAwardReason = reason
        self.detail = detail


class OperatorError(AtomicError):
    """The installation needs attention; the same call may succeed later."""


class LedgerUnavailable(OperatorError):
    """The database did not answer, or dropped the connection."""


class DocumentsUnavailable(OperatorError):
    """Object storage did not answer, or refused."""


class WorkflowsUnavailable(OperatorError):
    """The service that runs state machines did not answer, or refused."""


class LedgerConflict(OperatorError):
    """A constraint of the ledger refused a write that would have broken an invariant."""


class ExecutionInProgress(OperatorError):
    """Somebody else claimed this award and has not finished: look again later."""


class PolicyMoved(OperatorError):
    """Another fold wrote this policy version first."""


class SignerUnavailable(OperatorError):
    """The key that signs receipts cannot be read, or its service did not answer."""


class AnchorsUnavailable(OperatorError):
    """The place outside the database where receipts are anchored did not answer."""


class LedgerRolledBack(OperatorError):
    """A receipt was anchored that the ledger does not have: it was truncated, or replaced by an older copy."""


class ArchiveDiffers(OperatorError):
    """An archive that was read back does not hold what the ledger has."""


class Misconfigured(OperatorError):
    """A setting is missing or wrong."""
