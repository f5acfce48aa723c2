import re
import tomllib
from pathlib import Path

import pytest

from streamer.config import (
    Address,
    Character,
    ConfigError,
    LiveLink,
    Mqtt,
    OscIn,
    Settings,
    Vmc,
    check,
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
    assert settings == Settings(vmc=(Vmc(),), osc_in=(OscIn(),), mqtt=(Mqtt(),), character=(Character("guard"),))
    assert set(tomllib.loads(text)) == set(Settings.__slots__)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load_text(tmp_path, "") == Settings()


def test_outputs_may_be_given_more_than_once(tmp_path: Path) -> None:
    text = '[[livelink]]\naddress = "127.0.0.1:1"\n[[livelink]]\naddress = "[::1]:2"\ncharacters = ["guard"]\n'
    assert load_text(tmp_path, text).livelink == (
        LiveLink(Address("127.0.0.1", 1)),
        LiveLink(Address("::1", 2), characters=("guard",)),
    )


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
