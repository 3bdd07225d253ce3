"""Mails on disk: single files, folders, Maildir and mbox."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from bidding.adapters.mail.parse import MAX_MESSAGE_BYTES
from bidding.domain.errors import RefusedDocument

MAX_READ_BYTES = MAX_MESSAGE_BYTES + 1

_NOT_MAIL = re.compile(r"\..*|readme.*|labels\.json|manifest\.csv|source\.md|licen[cs]e.*", re.IGNORECASE)
_MBOX_LINE = re.compile(rb"From \S+ .*\d{2}:\d{2}.*\d{4}")

Source = tuple[str, bytes | RefusedDocument]


def read_sources(path: Path) -> Iterator[Source]:
    """Every document under `path` as its label and its raw bytes, in a stable order.

    A folder is read with all below it (Maildir's `cur` and `new` included, `tmp` not), hidden files, read-me files
    and labels left out. An mbox yields one document per mail, labelled `file#1`, `file#2` and so on. At most
    `MAX_READ_BYTES` of a document are read: one byte more than a mail may have. What cannot be read is yielded as
    the `RefusedDocument` that says why.

    Raises:
        RefusedDocument: `missing_path`, at once, where there is nothing at `path`.
    """
    if not path.exists():
        raise RefusedDocument("missing_path", f"There is no file or folder {path}: check the spelling.")
    return _folder(path) if path.is_dir() else _file(path)


def _folder(folder: Path) -> Iterator[Source]:
    """The documents of a folder, by name; links to folders are not followed."""
    refused: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=refused.append):
        is_maildir = "cur" in folders and "new" in folders
        folders[:] = sorted(name for name in folders if name[0] != "." and not (is_maildir and name == "tmp"))
        for name in sorted(files):
            path = Path(parent, name)
            if not _NOT_MAIL.fullmatch(name):
                yield from _file(path)
    for error in refused:
        yield _unreadable(str(error.filename), error)


def _file(path: Path) -> Iterator[Source]:
    """The documents of one file: several if it is an mbox."""
    if not path.is_file():  # a pipe would be waited for, for ever
        yield str(path), RefusedDocument("unreadable", f"{path} is no regular file: name one that holds a mail.")
        return
    try:
        with path.open("rb") as file:
            head = file.readline(1_000)
            if _MBOX_LINE.match(head):
                yield from _mbox(path)
            else:
                yield str(path), head + file.read(MAX_READ_BYTES - len(head))
    except OSError as error:
        yield _unreadable(str(path), error)


def _mbox(path: Path) -> Iterator[Source]:
    """The mails of an mbox; a lone one goes by the name of its file."""
    number, held = 0, None
    for mail in _mails(path):
        if held is not None:
            number += 1
            yield f"{path}#{number}", held
        held = mail
    if held is not None:
        yield (f"{path}#{number + 1}" if number else str(path)), held


def _mails(path: Path) -> Iterator[bytes]:
    """Raw mails of an mbox without their `From ` lines, one in memory at a time."""
    lines: list[bytes] = []
    size, after_blank = 0, True
    with path.open("rb") as file:
        file.readline(MAX_READ_BYTES)
        while line := file.readline(MAX_READ_BYTES):
            if after_blank and _MBOX_LINE.match(line):
                yield b"".join(lines)
                lines, size = [], 0
                continue
            after_blank = not line.strip()
            lines.append(line[: MAX_READ_BYTES - size])
            size += len(lines[-1])
    yield b"".join(lines)


def _unreadable(label: str, error: OSError) -> Source:
    """A document that the file system refused."""
    why = (error.strerror or type(error).__name__).lower()
    return label, RefusedDocument("unreadable", f"{label} cannot be read ({why}): check its permissions.")
