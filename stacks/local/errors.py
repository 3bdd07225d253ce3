"""Errors of the local stack, each with a message that says what to do.

LocalStackError
├── the operator acts:  HomeNotWritable, DiskFull, PostgresBinariesMissing, DataDirectoryVersionMismatch,
│                       ServerDidNotStart, NoUnprivilegedUser, AwsProfileUnusable,
│                       AddressInUse, BrowserMissing, NotMeasurable
├── the developer acts: UnknownFunction, UnknownState, UnreachableState, UnknownStateMachine,
│                       MissingSubstitution, InvalidDefinition, UnsupportedLocally, MotoChanged,
│                       RealNetworkRefused
└── the caller acts:    HomeMissing, ServerNotAcquired, RuntimeAlreadyOpen, UnknownExecution, ExecutionStillRunning,
                        InvalidObjectKey, FeedbackRefused, BatchFailed, AdaptationFailed, ReplayFailed,
                        ApiRefused, ApiUnreachable, NothingToShow
"""


class LocalStackError(Exception):
    """Anything that keeps the one-machine stack from doing its work."""


class HomeNotWritable(LocalStackError):
    """The folder given as home cannot hold the state of the stack."""


class HomeMissing(LocalStackError):
    """The folder given as home holds no ledger, and a command that only reads makes none."""


class DiskFull(LocalStackError):
    """The disk under home has no room left."""


class PostgresBinariesMissing(LocalStackError):
    """No PostgreSQL programs for this platform are installed."""


class DataDirectoryVersionMismatch(LocalStackError):
    """The data directory was made by another major version of PostgreSQL."""


class ServerDidNotStart(LocalStackError):
    """PostgreSQL ended, or was not ready in time; the message carries the end of its log."""


class NoUnprivilegedUser(LocalStackError):
    """PostgreSQL refuses to run as root and no other user of this machine is usable."""


class ServerNotAcquired(LocalStackError):
    """The server was used before `acquire` or after `release`."""


class UnknownFunction(LocalStackError):
    """A state names a function that has no handler here."""


class UnknownState(LocalStackError):
    """A state machine points to a state that it does not define."""


class UnreachableState(LocalStackError):
    """A state machine defines a state that no path leads to."""


class UnknownStateMachine(LocalStackError):
    """A state starts a state machine that was not created before."""


class MissingSubstitution(LocalStackError):
    """A definition has a `${Name}` for which no value was given."""


class InvalidDefinition(LocalStackError):
    """A definition is not JSON, holds a malformed expression, or is refused by the interpreter."""


class RuntimeAlreadyOpen(LocalStackError):
    """A second runtime was opened in one process."""


class UnknownExecution(LocalStackError):
    """No execution of that ARN was started in this runtime, or it was forgotten since."""


class ExecutionStillRunning(LocalStackError):
    """An execution had not finished when the caller stopped waiting for it."""


class InvalidObjectKey(LocalStackError):
    """An object key cannot be stored beside the keys that are there already."""


class UnsupportedLocally(LocalStackError):
    """A request asks for something that AWS offers and the local stack does not imitate."""


class RealNetworkRefused(LocalStackError):
    """A request would have left this machine for a real endpoint."""


class MotoChanged(LocalStackError):
    """The installed moto is not the one whose interpreter our patches were written for."""


class FeedbackRefused(LocalStackError):
    """Feedback that fits no answered lot, or a correction that is not of the lot's output type."""


class BatchFailed(LocalStackError):
    """More tasks of a batch failed than it tolerates. Those that are done stay done; run it again for the others."""


class AdaptationFailed(LocalStackError):
    """Nothing could be compiled: too little is verified, or what it needs is not there."""


class ReplayFailed(LocalStackError):
    """A replay of a policy that there is not, or one that broke on the way."""


class AwsProfileUnusable(LocalStackError):
    """The AWS profile named for Bedrock does not exist, or lacks credentials or a region."""


class AddressInUse(LocalStackError):
    """Something else listens where the API should."""


class NotMeasurable(LocalStackError):
    """This machine lacks what a benchmark compares with, or runs on."""


class ApiRefused(LocalStackError):
    """The API answered a request with a problem."""


class ApiUnreachable(LocalStackError):
    """The API did not answer, or nobody said where it is."""


class NothingToShow(LocalStackError):
    """A picture was asked for of a home that has no work yet."""
