"""The files of the page: read once, served by their names and by no other path."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from stacks.local.web.gateway import HttpResponse

FOLDER = Path(__file__).parent / "static"
_PLACEHOLDER = b"<!doctype html><title>Atomic</title><p>The API is at this address: see docs/reference/api.md."


class Page:
    """`index.html` is at `/`, every other file of the folder at `/page/NAME`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {f"/page/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
        index = folder / "index.html"
        self._index = index if index.is_file() else None

    def file(self, path: str) -> HttpResponse | None:
        """The file at this path, None where there is none."""
        if path == "/":
            body = self._index.read_bytes() if self._index else _PLACEHOLDER
            return HttpResponse(200, {"Content-Type": "text/html; charset=utf-8"}, body)
        known = self._files.get(path)
        if known is None:
            return None
        kind = mimetypes.guess_type(known.name)[0] or "application/octet-stream"
        suffix = "; charset=utf-8" if kind.startswith("text/") or kind.endswith(("javascript", "json")) else ""
        return HttpResponse(200, {"Content-Type": kind + suffix}, known.read_bytes())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
