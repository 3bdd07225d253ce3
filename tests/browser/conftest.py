"""A headless Chromium before the page of an open stack."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stacks.local.browser import BrowserMissing, open_browser
from stacks.local.stack import LocalStack
from stacks.local.web.gate import EVERYTHING, Gate
from stacks.local.web.server import bind, server_of, serving
from tests.api.conftest import scripted_seat

HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>\u202egnp.exe'
SCRIPT = [
    {"seat": "any", "kind": "classify", "steps": [{"text": {"label": "question", "confidence": 0.9}}]},
    {
        "seat": "any",
        "kind": "draft",
        "steps": [{"text": {"body": f"Dear {HOSTILE}, the shop opens at nine. Kind regards"}}],
    },
    {"seat": "any", "kind": "extract", "steps": [{"text": {}}]},
    {"seat": "any", "kind": "summarise", "steps": [{"text": {"summary": "A question about opening hours."}}]},
]


@dataclass
class Visit:
    """A page of the browser, and what it complained about."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, view: str) -> None:
        """Show a view and wait until it is there."""
        self.page.goto(f"{self.url}/#/{view}")
        self.page.locator("main h1").wait_for()

    def settle(self) -> None:
        """Wait until everything that was asked for is there, and nothing more is asked for."""
        self.page.wait_for_load_state("networkidle")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Skips, saying why, where there is no Chromium."""
    try:
        with open_browser() as opened:
            yield opened
    except BrowserMissing as missing:
        pytest.skip(f"NOT RUN: {missing}")


@pytest.fixture(scope="module")
def stack(browser: Any) -> Iterator[LocalStack]:
    """A stack with two scripted seats, whose answers are hostile."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-page-"))
    folder.chmod(0o755)
    script = folder / "script.json"
    script.write_text(json.dumps(SCRIPT))
    with LocalStack(
        folder / "home", seats=[scripted_seat("good/one"), scripted_seat("good/two")], script=script
    ) as opened:
        yield opened
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def url(stack: LocalStack) -> Iterator[str]:
    """Where the page of the stack is served."""
    address = bind("127.0.0.1", 0)
    with serving(server_of(Gate("127.0.0.1", tokens={"the-token": EVERYTHING}), stack.tenant), address):
        yield address.url


def is_complaint(said: Any) -> bool:
    """A 404 is an answer that the page knows how to take; that the browser logs it is no fault."""
    return said.type == "error" and "404" not in said.text


@pytest.fixture
def visit(browser: Any, url: str) -> Iterator[Visit]:
    """A new visitor; whatever the browser refuses or a script throws fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    context.set_default_timeout(60_000)  # a busy machine is no fault of the page
    visit = Visit(context.new_page(), url)
    visit.page.on("console", lambda said: visit.complaints.append(said.text) if is_complaint(said) else None)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()
    assert visit.complaints == []
