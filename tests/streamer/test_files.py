import errno
import io
import os
import stat
import sys
from pathlib import Path

import pytest

from streamer.cli import UserError
from streamer.files import reading, size, writing


def test_a_file_appears_whole_when_it_is_done(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    with writing(str(path)) as stream:
        stream.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), writing(str(path)) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_rights_of_any_other(tmp_path: Path) -> None:
    with writing(str(tmp_path / "ours")):
        pass
    (tmp_path / "other").touch()
    ours, other = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "other"))
    assert ours == other


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with writing(str(link)) as stream:
        stream.write(b"new")
    assert link.is_symlink() and target.read_text() == "new"


def test_a_pipe_is_written_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"  # one of our own: without the guard, /dev/null would be lost to the whole machine
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        with writing(str(pipe)) as stream:
            stream.write(b"through")
        assert reader.read() == b"through" and pipe.is_fifo()


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "none" / "out.txt"), str(tmp_path / "nul\0")):
        with pytest.raises(UserError, match="cannot write"), writing(name):
            pass


def test_a_full_disk_is_said_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    with pytest.raises(UserError, match="cannot write .*out.txt: No space left"), writing(str(path)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "none"), str(tmp_path / "nul\0")):
        with pytest.raises(UserError, match="cannot read"), reading(name) as stream:
            stream.read()


def test_a_minus_is_standard_input_and_output(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"in")))
    with reading("-") as stream, writing("-") as output:
        assert size(stream) == 0
        output.write(stream.read())
    assert capsysbinary.readouterr().out == b"in"


def test_the_size_of_a_file_is_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "five").write_bytes(b"12345")
    with reading(str(tmp_path / "five")) as stream:
        assert size(stream) == 5
