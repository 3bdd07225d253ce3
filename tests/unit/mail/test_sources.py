"""Where mails are found on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bidding.adapters.mail import MAX_MESSAGE_BYTES, read_sources
from bidding.domain.errors import RefusedDocument


def test_a_folder_is_read_in_order_without_its_labels(tmp_path: Path) -> None:
    """Mails and tasks of a folder and its folders come sorted; labels, read-me and hidden files do not."""
    for name in ("b.eml", "a.json", "labels.json", "README.md", ".hidden", "MANIFEST.csv", "SOURCE.md"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.eml").write_bytes(b"c")
    found = [(Path(label).name, raw) for label, raw in read_sources(tmp_path)]
    assert found == [("a.json", b"a.json"), ("b.eml", b"b.eml"), ("c.eml", b"c")]


def test_a_maildir_is_read_without_unfinished_mail(tmp_path: Path) -> None:
    """The mails of a Maildir are those in `cur` and `new`."""
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"1.{folder}:2,S").write_bytes(folder.encode())
    assert [raw for _, raw in read_sources(tmp_path)] == [b"cur", b"new"]


def test_an_mbox_yields_its_mails(tmp_path: Path) -> None:
    """An mbox is taken apart at its `From ` lines and nowhere else."""
    path = tmp_path / "inbox"
    line = b"From ana@example.com Tue Mar  4 10:00:00 2025\n"
    path.write_bytes(line + b"Subject: 1\n\nOne\nFrom here on\n\n" + line + b"Subject: 2\n\nTwo\n")
    assert list(read_sources(path)) == [
        (f"{path}#1", b"Subject: 1\n\nOne\nFrom here on\n\n"),
        (f"{path}#2", b"Subject: 2\n\nTwo\n"),
    ]


def test_a_lone_mail_in_mbox_form_keeps_its_name(tmp_path: Path) -> None:
    """A file with one `From ` line is one mail and goes by its file name."""
    path = tmp_path / "a.eml"
    path.write_bytes(b"From ana@example.com Tue Mar  4 10:00:00 2025\nSubject: 1\n\nOne\n")
    assert list(read_sources(path)) == [(str(path), b"Subject: 1\n\nOne\n")]


def test_no_more_of_a_file_is_read_than_a_mail_may_have(tmp_path: Path) -> None:
    """An oversized file is read one byte past the limit, so that the reader can tell."""
    path = tmp_path / "big.eml"
    with path.open("wb") as file:
        file.truncate(MAX_MESSAGE_BYTES * 2)
    ((_, raw),) = read_sources(path)
    assert isinstance(raw, bytes)
    assert len(raw) == MAX_MESSAGE_BYTES + 1


def test_a_missing_path_is_refused_at_once(tmp_path: Path) -> None:
    """A path with nothing at it is refused before anything is read."""
    with pytest.raises(RefusedDocument, match="missing_path"):
        read_sources(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_refused_in_its_place(tmp_path: Path) -> None:
    """A file without permission is yielded as a refusal, and the next one is read."""
    (tmp_path / "a.eml").write_bytes(b"a")
    (tmp_path / "b.eml").write_bytes(b"b")
    (tmp_path / "a.eml").chmod(0)
    (_, refused), (_, raw) = read_sources(tmp_path)
    assert isinstance(refused, RefusedDocument)
    assert (refused.reason, raw) == ("unreadable", b"b")


def test_a_failing_disk_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the system cannot open is yielded as `unreadable`."""
    path = tmp_path / "a.eml"
    path.write_bytes(b"a")

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", fail)
    ((label, refused),) = read_sources(path)
    assert label == str(path)
    assert isinstance(refused, RefusedDocument)
    assert refused.reason == "unreadable"
