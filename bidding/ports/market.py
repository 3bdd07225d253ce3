"""The ports together, and the clock: what every use case is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field

from bidding.domain.dataclass import dataclass
from bidding.domain.judging import NOBODY_JUDGED, JudgingTerms
from bidding.domain.seats import DataClass
from bidding.ports.documents import DocumentParser, Documents
from bidding.ports.engines import Embedder, Engines, Outputs
from bidding.ports.ledger import Ledger
from bidding.ports.observation import Observer, Silence

Clock = Callable[[], int]
"""Unix time in milliseconds."""

Sleep = Callable[[float], None]
"""Wait for so many seconds."""


@dataclass(frozen=True)
class Market:
    """The ports together: what every use case is given."""

    ledger: Ledger
    documents: Documents
    engines: Engines
    embedder: Embedder
    outputs: Outputs
    parse_document: DocumentParser
    clock: Clock
    sleep: Sleep = time.sleep
    data_class: DataClass = "public"
    """The least strict class of this installation: every document is treated as at least that."""
    judging: JudgingTerms = NOBODY_JUDGED
    """Whose answers judge seats judge, and for how much."""
    observer: Observer = field(default_factory=Silence)
    refuse_unwanted: Callable[[bytes], None] = lambda _: None
    """Raises RefusedDocument for a received mail whose verdicts are bad or missing."""
