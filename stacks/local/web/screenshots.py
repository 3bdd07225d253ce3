"""A picture of every view of the page, for documentation."""

from __future__ import annotations

from pathlib import Path

from stacks.local.browser import open_browser
from stacks.local.errors import NothingToShow
from stacks.local.stack import LocalStack

VIEWS = ("tasks", "task/{task}", "lot/{lot}", "seats", "money", "approvals", "replays", "receipts")
_WHOLE = ("lot", "seats")
_WIDE, _PHONE = (1100, 800), (390, 844)
_SETTLE_MS = 1_500  # drawings come after the text


def take_screenshots(stack: LocalStack, url: str, folder: Path) -> list[Path]:
    """Every view of the newest task's home as it is served at `url`, and its lot on a phone in the dark.

    Raises BrowserMissing, and NothingToShow where no task has a lot yet.
    """
    places = _newest(stack)
    folder.mkdir(parents=True, exist_ok=True)
    shots = [(view, _WIDE, "light") for view in VIEWS] + [("lot/{lot}", _PHONE, "dark")]
    taken = []
    with open_browser() as browser:
        for view, (width, height), scheme in shots:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(f"{url}/#/{view.format_map(places)}")
            page.locator("main h1").wait_for()
            page.wait_for_timeout(_SETTLE_MS)
            name, on_phone = view.partition("/")[0], (width, height) == _PHONE
            taken.append(folder / f"{name}{'-phone' if on_phone else ''}.png")
            page.screenshot(path=str(taken[-1]), full_page=name in _WHOLE and not on_phone)
            page.close()
    return taken


def _newest(stack: LocalStack) -> dict[str, str]:
    for task in stack.ledger.recent_tasks(stack.tenant, 20):
        for lot in stack.ledger.lots_of(stack.tenant, task.task_id):
            return {"task": task.task_id, "lot": lot.lot_id}
    raise NothingToShow("no task has a lot yet: atomic run examples/inbox, then take the pictures")
