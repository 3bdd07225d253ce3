"""A worker on premises: polls an API for lots of its seats, lets an engine of this machine do them, answers.

It keeps nothing: what it was doing when it ended it is given again under the same name.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from bidding.domain.errors import EngineFailure
from bidding.domain.jobs import Job
from bidding.domain.lots import Label, Payload
from bidding.domain.records import Demonstration
from bidding.domain.seats import Seat
from bidding.ports.engines import Engine
from stacks.local.errors import ApiRefused, ApiUnreachable
from stacks.local.remote.client import Api

IDLE_SECONDS = 2.0
AWAY_SECONDS = 5.0


class Worker:
    """Does lots of the seats `serves`, one at a time, as `seat` on `engine`. `name` must be this worker's alone."""

    def __init__(self, api: Api, name: str, serves: Sequence[str], seat: Seat, engine: Engine) -> None:
        self._api = api
        self._name = name
        self._serves = list(serves)
        self._seat = seat
        self._engine = engine

    def run(self, stopped: Callable[[], bool], tell: Callable[[str], None]) -> None:
        """Work until told to stop. An API that is away is asked again."""
        while not stopped():
            try:
                if not self.do_next(tell):
                    time.sleep(IDLE_SECONDS)
            except ApiUnreachable as error:
                tell(str(error))
                time.sleep(AWAY_SECONDS)

    def do_next(self, tell: Callable[[str], None] = lambda _: None) -> bool:
        """Take a lot, do it, answer it; False where there is none. Raises ApiUnreachable."""
        work = self._api.post("/work", {"seats": self._serves, "worker": self._name})
        if work["award_id"] is None:
            return False
        with _Beating(self._api, work["award_id"], self._name, work["lease_s"] / 3):
            answer = self._answer(job_of(work["job"]))
        try:
            taken = self._api.post(f"/work/{work['award_id']}/answer", {"worker": self._name, **answer})
        except ApiRefused as error:  # it expired, or went to another worker, while this one was at it
            tell(f"{work['award_id']}: {error}")
        else:
            tell(f"{work['award_id']}: {taken['status']}")
        return True

    def _answer(self, job: Job) -> dict[str, Any]:
        try:
            said = self._engine.answer(self._seat, job)
        except EngineFailure as failure:
            return {"failure": failure.reason, "detail": failure.detail[:500]}
        used = asdict(said.usage)
        return {"text": said.text, "usage": {name: used[name] for name in ("input_tokens", "output_tokens", "cpu_ms")}}


class _Beating:
    """Gives signs of life while the context lasts."""

    def __init__(self, api: Api, award_id: str, name: str, seconds: float) -> None:
        self._path = f"/work/{award_id}/heartbeat"
        self._api = api
        self._name = name
        self._seconds = seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._done.wait(self._seconds):
            with suppress(ApiRefused, ApiUnreachable):  # the answer will tell
                self._api.post(self._path, {"worker": self._name})


def job_of(document: dict[str, Any]) -> Job:
    """A job as the API hands it out."""
    payload = dict(document["payload"])
    payload["labels"] = tuple(Label(**label) for label in payload["labels"])
    shown = tuple(Demonstration(**one | {"embedding": tuple(one["embedding"])}) for one in document["demonstrations"])
    rest = {name: value for name, value in document.items() if name in Job.__dataclass_fields__}
    return Job(**rest | {"payload": Payload(**payload), "demonstrations": shown, "known": tuple(document["known"])})
