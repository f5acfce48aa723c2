import pytest

from protocols.arkit import CHANNELS, INDEX
from protocols.errors import DecodeError
from protocols.profiles import Profile, read_profile, spread, write_profile

TABLE = {"gain": {"MouthSmile": 1.2, "JawOpen": 0.8}, "limit": {"LeftEyeYaw": 0.3}, "still": 0.5, "mirror": True}


def test_a_profile_is_read_and_written() -> None:
    profile = read_profile(TABLE)
    assert profile == Profile(
        gain={"MouthSmile": 1.2, "JawOpen": 0.8}, limit={"LeftEyeYaw": 0.3}, still=0.5, mirror=True
    )
    assert write_profile(profile) == TABLE and write_profile(Profile()) == {} and read_profile({}) == Profile()


def test_what_is_said_wins_over_the_preset() -> None:
    profile = read_profile({"preset": "vrm", "expressiveness": 2.0})
    assert profile.limit["LeftEyeYaw"] < 0.6 and profile.expressiveness == 2.0
    for name in ("metahuman", "vrm", "stylised"):
        assert read_profile({"preset": name}) != Profile()


def test_a_name_without_side_is_both_sides_and_a_side_wins() -> None:
    numbers = spread({"MouthSmile": 2.0, "MouthSmileLeft": 3.0, "LeftEyeYaw": 0.5}, 1.0)
    names = ("MouthSmileLeft", "MouthSmileRight", "JawOpen", "LeftEyeYaw", "RightEyeYaw")
    assert [numbers[INDEX[name]] for name in names] == [3.0, 2.0, 1.0, 0.5, 1.0]
    assert len(numbers) == len(CHANNELS)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"gain": {"Smile": 1}}, "p.gain names 'Smile'"), ({"gain": {"JawOpen": 9}}, "p.gain.JawOpen is 9"),
        ({"gain": 1}, "p.gain is 1"), ({"still": 2}, "p.still is 2"), ({"still": "high"}, "p.still is 'high'"),
        ({"mirror": 1}, "p.mirror is 1"), ({"smile": 1}, "unknown field 'p.smile'"),
        ({"preset": "robot"}, "p.preset is 'robot'"), ({"speed": {"JawOpen": 0}}, "p.speed.JawOpen is 0"),
        ({"blinks": float("nan")}, "p.blinks is nan"),
    ],
)  # fmt: skip
def test_a_bad_profile_is_named(table: dict[str, object], told: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_profile(table, "p.")
    assert told in str(caught.value)
