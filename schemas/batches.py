"""Wire types of batches: many documents that are stored already, named in one manifest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from schemas.base import Identifier, Wire
from schemas.terms import TaskOptions

StoredUnder = Annotated[str, Field(min_length=1, max_length=900, pattern=r"^[^/].*$")]


class BatchItem(Wire):
    """One task: `document` is its key below the tenant's own prefix, so that a batch reaches no other tenant's."""

    document: StoredUnder
    source: Annotated[str, Field(max_length=1_024)]


class BatchManifest(RootModel[tuple[BatchItem, ...]]):
    """The object at `tenants/<tenant>/batches/<batch>.json`: ten thousand tasks and more."""


class BatchRequest(Wire):
    """Input of `process_batch`. It fails once more of its tasks have failed than is tolerated."""

    version: Literal[1] = 1
    tenant: Identifier
    batch: Identifier
    owner: Identifier
    options: TaskOptions = TaskOptions()
    tolerated_failure_percentage: Annotated[int, Field(ge=0, le=100)] = 5
