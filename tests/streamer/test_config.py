import re
import tomllib
from pathlib import Path

import pytest

from streamer.config import (
    Address,
    Character,
    ConfigError,
    IFacialMocap,
    LiveLink,
    Mqtt,
    Osc,
    OscIn,
    Settings,
    Vmc,
    VrChat,
    check,
    destinations,
    load,
    parse_address,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "facecue.toml"


def load_text(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "facecue.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_the_example_says_the_defaults() -> None:
    assert load(EXAMPLE) == Settings()


def test_what_the_example_comments_out_are_defaults_too(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"^# (\[\[|\w+ = )", r"\1", text, flags=re.MULTILINE)
    settings = load_text(tmp_path, text)
    assert settings == Settings(
        vmc=(Vmc(),), osc=(Osc(),), ifacialmocap=(IFacialMocap(),), vrchat=(VrChat(),), osc_in=(OscIn(),),
        mqtt=(Mqtt(),), character=(Character("guard"),),
    )  # fmt: skip
    assert set(tomllib.loads(text)) == set(Settings.__slots__)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load_text(tmp_path, "") == Settings()


def test_outputs_may_be_given_more_than_once(tmp_path: Path) -> None:
    text = '[[livelink]]\naddress = "127.0.0.1:1"\n[[livelink]]\naddress = "[::1]:2"\ncharacters = ["guard"]\n'
    assert load_text(tmp_path, text).livelink == (
        LiveLink(Address("127.0.0.1", 1)),
        LiveLink(Address("::1", 2), characters=("guard",)),
    )


def test_a_destination_says_how_much_it_gets_and_under_which_names(tmp_path: Path) -> None:
    text = """
    [[osc]]
    address = "127.0.0.1:1"
    rate = 30
    channels = ["*", "!Head*"]
    flip = ["LeftEyeYaw"]
    rename = { JawOpen = "jaw" }
    degrees_per_unit = 1
    [[osc]]
    """
    osc = Osc(
        Address("127.0.0.1", 1), rate=30, channels=("*", "!Head*"), flip=("LeftEyeYaw",), rename={"JawOpen": "jaw"},
        degrees_per_unit=1.0,
    )  # fmt: skip
    settings = load_text(tmp_path, text)
    assert settings.osc == (osc, Osc())
    assert [f"{kind} {address}" for kind, address in destinations(settings)] == [
        "live link 127.0.0.1:11111", "osc 127.0.0.1:1", "osc 127.0.0.1:8000"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "unknown key prot, expected one of host, port"),
        ("port = 'x'", "port is 'x', expected a whole number"),
        ("port = true", "port is True, expected a whole number"),
        ("port = 70000", "port is 70000, expected 0..65535"),
        ("livelink = 3", "livelink is 3, expected an array"),
        ("[[livelink]]\nadress = 'x:1'", r"unknown key livelink\[1\].adress"),
        ("[[livelink]]\naddress = 'x'", r"livelink\[1\].address is 'x', expected HOST:PORT"),
        ("[[livelink]]\nrotation_unit = 'degrees'", r"rotation_unit is 'degrees', expected one of radians, half_turns"),
        ("[[livelink]]\nrate = 0", r"livelink\[1\].rate is 0, expected 1..60"),
        ("[[osc]]\n[[osc]]\nrate = 61", r"osc\[2\].rate is 61, expected 1..60"),
        ("[[vmc]]\nchannels = ['Ear*']", r"vmc\[1\].channels has 'Ear\*', which is none of the names"),
        ("[[vmc]]\npresets = 'vrm2'", r"vmc\[1\].presets is 'vrm2', expected one of none, vrm0, vrm1"),
        ("[[vmc]]\nrename = { JawOpen = 1 }", r"vmc\[1\].rename.JawOpen is 1, expected a string"),
        ("[[livelink]]\nrename = {}", r"unknown key livelink\[1\].rename"),
        ("[[osc]]\nprefix = 'face'", r"osc\[1\].prefix is 'face', expected an OSC address"),
        ("[[osc]]\nchannels = []", r"osc\[1\].channels leaves nothing to send"),
        ("[[osc]]\ndegrees_per_unit = -1", r"osc\[1\].degrees_per_unit is -1, expected 0..360"),
        ("[[osc]]\nlayout = 'rows'", r"osc\[1\].layout is 'rows', expected one of channels, row, both"),
        ("[[ifacialmocap]]\nflip = ['Ear']", r"ifacialmocap\[1\].flip has 'Ear'"),
        ("[[ifacialmocap]]\nrename = { JawOpen = 'mouthClose' }", "rename gives the name 'mouthClose' twice"),
        ("[[vrchat]]\nchannels = ['EyeBlinkLeft']", r"vrchat\[1\].channels has 'EyeBlinkLeft'"),
        ("[[vrchat]]\nprefix = '/avatar'", r"vrchat\[1\].prefix is '/avatar', expected one that begins and ends"),
        ("[[character]]\nseed = 1", r"character\[1\].name is missing"),
        ("[[character]]\nname = 'a'\n[[character]]\nname = 'a'", "character.name: 'a' is used twice"),
        ("[[character]]\nname = '" + "a" * 65 + "'", "character.name: character is 65 characters, expected 1..64"),
        ("max_characters = 0", "max_characters is 0"),
        ("host = '0.0.0.0'", "a token is required"),
        ("port = ", "facecue.toml: "),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_text(tmp_path, text)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.toml")


def test_an_open_address_wants_a_token() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.3.4.5"):
        check(Settings(host=host))
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        with pytest.raises(ConfigError, match="token"):
            check(Settings(host=host))
        check(Settings(host=host, token="sesame"))


@pytest.mark.parametrize(
    "text", ["", "host", ":1", "host:", "host:0", "host:65536", "host:x", "host:-1", "host:²", "host:" + "9" * 5000]
)
def test_an_address_is_host_and_port(text: str) -> None:
    with pytest.raises(ConfigError, match="--vmc is"):
        parse_address(text, "--vmc")
