"""How soon the page is there, and how fast its API answers, over a ledger of many lots.

The past is made as `atomic bench ledger` makes it; the API answers over HTTP as `atomic serve` has it; the page is
opened in a headless Chromium with an empty cache each time. The floor is GET /health, which reads the seats.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from rich.table import Table

from bidding.domain.ids import LotId
from stacks.local.bench.ledger.past import Past
from stacks.local.bench.made_up_auctions import BIDDERS
from stacks.local.browser import open_browser
from stacks.local.postgres.server import PostgresServer
from stacks.local.stack import LocalStack
from stacks.local.web.gate import Gate
from stacks.local.web.server import bind, server_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISITS = 5
_ROUTES = (
    *("/health", "/tasks?limit=50", "/tasks/{task}", "/lots/{lot}", "/lots/{lot}/auction", "/seats", "/money"),
    *("/statistics", "/statistics/picture?name=calibration", "/approvals", "/receipts?limit=100"),
)


@dataclass(frozen=True)
class RouteFigures:
    """Milliseconds from request to whole answer."""

    route: str
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class PageReport:
    """`first_paint_ms` and `content_ms` are medians over visits: something is seen, and the tasks are there."""

    lots: int
    routes: tuple[RouteFigures, ...]
    first_paint_ms: float
    content_ms: float

    def table(self) -> Table:
        """For people."""
        soon = f"first paint {self.first_paint_ms:.0f} ms, tasks shown {self.content_ms:.0f} ms"
        table = Table(title=f"the page over {self.lots:,} lots: {soon}")
        for name in ("route", "p50 ms", "p95 ms", "p50 / floor"):
            table.add_column(name, justify="left" if name == "route" else "right")
        floor = self.routes[0].p50_ms
        for each in self.routes:
            table.add_row(each.route, f"{each.p50_ms:.1f}", f"{each.p95_ms:.1f}", f"{each.p50_ms / floor:.1f}")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def measure_page(folder: Path, lots: int, asks: int) -> PageReport:
    """Make the past, ask every route, open the page. Raises BrowserMissing."""
    home = folder / "home"
    with open_browser() as browser, LocalStack(home) as stack, _past(home, stack, lots) as past:
        newest = stack.ledger.recent_tasks(stack.tenant, 1)[0].task_id
        lot = stack.ledger.lots_of(stack.tenant, newest)[0].lot_id
        address = bind("127.0.0.1", 0)
        with serving(server_of(Gate("127.0.0.1"), stack.tenant), address):
            routes = _ask(address.url, newest, lot, asks)
            paints = [_visit(browser, address.url) for _ in range(VISITS)]
    first, content = (statistics.median(column) for column in zip(*paints, strict=True))
    return PageReport(past.bids // BIDDERS, routes, first, content)


@contextmanager
def _past(home: Path, stack: LocalStack, lots: int) -> Iterator[Past]:
    server = PostgresServer(home)
    past = Past.begin(server.acquire(), stack.tenant, lots * BIDDERS)
    past.write(0, 1)
    try:
        yield past
    finally:
        server.release()


def _ask(url: str, task: str, lot: LotId, asks: int) -> tuple[RouteFigures, ...]:
    """Every route in turn, round after round, so that none has the quieter moment."""
    times: dict[str, list[float]] = {route: [] for route in _ROUTES}
    with httpx.Client(base_url=url, timeout=60) as client:
        for _ in range(asks):
            for route, taken in times.items():
                started = time.perf_counter()
                client.get(route.format(task=task, lot=lot)).raise_for_status()
                taken.append(1_000 * (time.perf_counter() - started))
    return tuple(_figures(route, taken) for route, taken in times.items())


def _figures(route: str, taken: list[float]) -> RouteFigures:
    ranked = sorted(taken)
    return RouteFigures(route, statistics.median(ranked), ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))])


def _visit(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds until something is painted, and until the tasks are in the page."""
    context = browser.new_context()
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url)
    page.locator("main table").wait_for()
    content = 1_000 * (time.perf_counter() - started)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return float(paint), content
