import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols import ifacialmocap, osc, vmc
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


def test_the_wink_reaches_every_kind_of_destination(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {"vmc": 'character = "guard"', "osc": 'characters = ["guard"]', "ifacialmocap": 'character = "guard"',
             "vrchat": "rate = 30"}  # fmt: skip
    engines = {kind: Engine() for kind in kinds}
    addresses = {kind: engine.address for kind, engine in engines.items()}
    tables = [f'[[{kind}]]\naddress = "{addresses[kind]}"\n{line}\n' for kind, line in kinds.items()]
    path = tmp_path / "facecue.toml"
    path.write_text("livelink = []\n" + "".join(tables))
    try:
        assert main(["doctor", "--wink", "--config", str(path), "--port", "1", "--seconds", "0.5"]) == 0
        told = capsys.readouterr().out
        received = {kind: engine.datagrams() for kind, engine in engines.items()}
    finally:
        for engine in engines.values():
            engine.close()
    for kind, address in addresses.items():
        assert f"  {kind} {address}: {len(received[kind])} packets sent" in told
    shut = [ifacialmocap.decode(line).shapes["eyeBlink_L"] for line in received["ifacialmocap"]]
    assert min(shut) == 0 and max(shut) == 1
    by_address: dict[str, list[float]] = {}
    for datagram in [*received["osc"], *received["vrchat"]]:
        for message in osc.messages(osc.decode(datagram)):
            by_address.setdefault(message.address, []).extend(v for v in message.arguments if isinstance(v, float))
    assert max(by_address["/face/Facecue/EyeBlinkLeft"]) == 1 and max(by_address["/face/Facecue/EyeBlinkRight"]) == 0
    assert min(by_address["/avatar/parameters/FT/v2/EyeLidLeft"]) == 0
    assert any(vmc.Blend("EyeBlinkLeft", 1.0) in vmc.decode(datagram) for datagram in received["vmc"])


def test_destinations_are_flags_too(capsys: pytest.CaptureFixture[str]) -> None:
    flags = [word for kind in ("vmc", "osc", "ifacialmocap", "vrchat") for word in (f"--{kind}", "127.0.0.1:19")]
    assert main(["doctor", "--port", "1", "--livelink", "off", *flags, "--no-wink"]) == 0
    told = capsys.readouterr().out
    assert all(f"{kind} 127.0.0.1:19" in told for kind in ("vmc", "osc", "ifacialmocap", "vrchat"))
    assert "live link" not in told and "packets sent" not in told


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
