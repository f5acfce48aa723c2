import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import messages
from protocols.arkit import CHANNELS
from protocols.errors import DecodeError
from streamer.cli import UserError
from streamer.preferences import PLANNED, Choice, Choices, Pair, Take, decode, encode, read

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20)
KEYFRAMES = st.builds(
    messages.PlannedKeyframe,
    st.floats(-0.25, 1.25),
    st.sampled_from(["snap", "ease", "slow"]),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.floats(0, 1, width=32).map(lambda weight: dict.fromkeys(CHANNELS, weight)),
)
SHEETS = st.lists(KEYFRAMES, min_size=1, max_size=2).map(lambda frames: tuple(sorted(frames, key=lambda k: k.at)))
TAKES = st.builds(Take, WORDS, WORDS, SHEETS)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=50)
PAIRS = st.builds(Pair, WORDS, TEXTS, TEXTS, TEXTS, TAKES, TAKES)


def take(weight: float = 0.5, how: str = PLANNED) -> Take:
    values = dict.fromkeys(CHANNELS, 0.0) | {"JawOpen": weight}
    return Take("rules", how, (messages.PlannedKeyframe(0.5, "ease", "in a brain's own words", values),))


def choice(name: str = "a", verdict: Any = "left") -> Choice:
    return Choice(Pair(name, "Halt!", "joy", "", take(), take(0.2, "milder")), verdict)


@given(PAIRS, st.sampled_from(["left", "right", "same"]))
def test_a_choice_is_read_as_it_was_written(pair: Pair, verdict: Any) -> None:
    assert decode(encode(Choice(pair, verdict))) == Choice(pair, verdict)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_choice_or_a_decode_error(row: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(row)


def test_a_row_stands_as_the_documentation_says() -> None:
    row = json.loads(encode(choice()))
    assert list(row) == ["id", "line", "emotion", "background", "left", "right", "choice"]
    assert list(row["left"]) == ["model", "how", "keyframes"]
    assert list(row["left"]["keyframes"][0]) == ["at", "onset", "text", "values"]
    assert (row["choice"], row["right"]["how"], row["right"]["keyframes"][0]["values"]["JawOpen"]) == (
        "left", "milder", 0.2,
    )  # fmt: skip


def test_the_winner_is_the_take_that_was_chosen() -> None:
    assert choice(verdict="left").winner == take()
    assert choice(verdict="right").winner == take(0.2, "milder")
    assert choice(verdict="same").winner is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"choice": "both"}, "choice is 'both', expected one of left, right, same"),
        ({"left": {}}, "keyframes is missing"),
        ({"right": {"model": "m", "how": "h", "keyframes": [{"text": "x"}]}}, "right: keyframes want at, onset and"),
        ({"right": {"model": "m", "how": "h", "keyframes": [{"values": {"Nose": 1}}]}}, "unknown channel 'Nose'"),
        ({"id": ""}, "id is 0 characters"),
        ({"liked": 1}, "unknown field 'liked'"),
    ],
)
def test_a_row_that_is_no_choice_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    with pytest.raises(DecodeError, match=told):
        decode(json.dumps(json.loads(encode(choice())) | change).encode())


def test_choices_are_on_the_disk_at_once_and_taken_back_from_the_end(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    with Choices(path) as choices:
        for name in "abc":
            choices.append(choice(name))
            assert read(path)[-1] == choice(name)
        assert choices.undo() == choice("c")
        assert read(path) == [choice("a"), choice("b")]
        choices.append(choice("c", "same"))
    with Choices(path) as choices:
        assert choices.made == [choice("a"), choice("b"), choice("c", "same")]
        choices.undo()
        choices.undo()
        choices.append(choice("d"))
    assert read(path) == [choice("a"), choice("d")]


def test_a_last_row_that_was_not_finished_is_cut_off_and_chosen_again(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    whole = encode(choice("a")) + encode(choice("b"))
    path.write_bytes(whole[:-30])
    assert read(path) == [choice("a")]
    with Choices(path) as choices:
        assert choices.made == [choice("a")]
        choices.append(choice("b"))
    assert path.read_bytes() == whole


@pytest.mark.parametrize("size", [1, 5, 100, -2])
def test_wherever_the_power_went_the_rows_before_are_kept(tmp_path: Path, size: int) -> None:
    path = tmp_path / "choices.jsonl"
    path.write_bytes(encode(choice("a")) + encode(choice("b"))[:size])
    with Choices(path) as choices:
        assert choices.made == [choice("a")]
    assert path.read_bytes() == encode(choice("a"))


def test_a_whole_last_row_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    path.write_bytes(encode(choice("a")).rstrip())
    assert read(path) == [choice("a")]
    with Choices(path) as choices:
        choices.append(choice("b"))
    assert path.read_bytes() == encode(choice("a")) + encode(choice("b"))


@pytest.mark.parametrize("data", [b"GIF89a", b"{}", b'{"id":"a","line":"x"}', b"\x00" * 300])
def test_a_file_that_is_none_of_ours_is_refused_and_stays(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "choices.jsonl"
    path.write_bytes(data)
    with pytest.raises(UserError, match="choices.jsonl:1: .*move the file away"):
        Choices(path)
    assert path.read_bytes() == data


def test_a_broken_row_is_told_by_its_number_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    path.write_bytes(encode(choice("a")) + b"{}\n" + encode(choice("b")))
    before = path.read_bytes()
    for open_file in (read, Choices):
        with pytest.raises(UserError, match=r"choices.jsonl:2: id is missing; mend it"):
            open_file(path)
    assert path.read_bytes() == before


def test_a_row_without_an_end_is_refused_and_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    path.write_bytes(b" " * 2**20)
    with pytest.raises(UserError, match=r"choices.jsonl:1: message is 262145 bytes, expected at most 262144"):
        Choices(path)


def test_two_sessions_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    with Choices(path), pytest.raises(UserError, match="in use by another run"):
        Choices(path)
    Choices(path).__exit__()


@pytest.mark.parametrize("place", [".", "nowhere/choices.jsonl", "/dev/null"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    with pytest.raises(UserError, match="cannot write"):
        Choices(tmp_path / place)
