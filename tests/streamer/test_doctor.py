import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamer.cli import main
from streamer.commands.doctor import driver_at, listener_at
from streamer.config import Address
from tests.doubles import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def test_what_listens_is_told_apart() -> None:
    listening = Engine()
    address = listening.address
    assert listener_at(address) == "something listens there"
    listening.close()
    assert listener_at(address) == "nothing listens there yet"
    assert "on another machine" in listener_at(Address("192.0.2.1", 11111))
    assert listener_at(Address("no.such.host.invalid", 1)) == "unknown host"


def test_a_stranger_at_the_port_is_told_from_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]

        def greet() -> None:
            guest, _ = stranger.accept()
            with guest:
                guest.recv(1024)
                guest.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        assert driver_at(port) == "taken by another program"
        thread.join()
    assert driver_at(port).startswith("free")


def test_the_wink_reaches_engines_that_only_get_some_characters(tmp_path: Path, engine: Engine) -> None:
    avatar = Engine()
    path = tmp_path / "facecue.toml"
    path.write_text(
        f'[[livelink]]\naddress = "{engine.address}"\ncharacters = ["guard"]\n'
        f'[[vmc]]\naddress = "{avatar.address}"\ncharacter = "guard"\n'
    )
    try:
        assert main(["doctor", "--config", str(path), "--port", "1", "--seconds", "0.15"]) == 0
        assert {packet.subject for packet in engine.packets()} == {"Facecue"}
        assert len(avatar.datagrams()) > 3
    finally:
        avatar.close()


def test_nothing_is_sent_without_a_wink(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--port", "1", "--livelink", str(engine.address), "--no-wink"]) == 0
    assert not engine.datagrams()
    told = capsys.readouterr().out
    assert all(word in told for word in ("facecue", "numpy", "websockets", "brain", "rules", str(engine.address)))


def test_an_address_that_nothing_may_be_sent_to_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--port", "1", "--livelink", "255.255.255.255:11111", "--seconds", "0.05"]) == 1
    error = capsys.readouterr().err
    assert "cannot send to 255.255.255.255:11111" in error and error.count("\n") == 1


def test_an_unknown_host_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--port", "1", "--livelink", "no.such.host.invalid:1"]) == 1
    assert "unknown host" in capsys.readouterr().out


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_a_wink_takes_some_time(seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--seconds", seconds])
    assert ended.value.code == 2
