"""A headless Chromium of this machine, for tests and measurements of the page. Nothing is downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stacks.local.errors import LocalStackError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--no-sandbox",  # a container's root has none to enter
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class BrowserMissing(LocalStackError):
    """There is no Chromium, or nothing to drive it with. The operator must install what the message names."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open the first Chromium of the path. Raises BrowserMissing."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError as error:
        raise BrowserMissing("playwright is not installed: pip install playwright") from error
    executable = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if executable is None:
        raise BrowserMissing("no Chromium on the path: apt-get install chromium, or the like")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()
