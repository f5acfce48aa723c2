import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.brain import directions
from streamer.face import acts
from streamer.face.describe import describe

BRIEF = [
    ("inner brows up, lips pressed", {"BrowInnerUp", "MouthPress"}),
    ("left brow raised slightly", {"BrowOuterUpLeft"}),
    ("looks down", {"LookDown"}),
    ("a wink of the right eye", {"EyeBlinkRight", "CheekSquintRight"}),
    ("mouth half open", {"JawOpen"}),
    ("jaw dropped", {"JawOpen"}),
    ("smirk on the left", {"MouthSmileLeft", "MouthDimpleLeft"}),
    ("smirk on the right", {"MouthSmileRight", "MouthDimpleRight"}),
    ("no smile", set()),
    ("without smiling", set()),
    ("lips are pressed hard", {"MouthPress"}),
    ("wide eyes", {"EyeWide"}),
    ("wide-eyed, tight-lipped", {"EyeWide", "MouthPress"}),
    ("head tilts to the right", {"HeadTiltRight"}),
    ("tilts her head to the left", {"HeadTiltLeft"}),
    ("turns her head away to the right", {"HeadRight"}),
    ("looks left and up", {"LookLeft", "LookUp"}),
    ("eyes on the floor", {"LookDown"}),
    ("rolls her eyes", {"LookUp", "EyeBlink"}),
    ("the corners of the mouth pulled down", {"MouthFrown"}),
    ("brows up in the middle", {"BrowInnerUp"}),
    ("bites his lower lip", {"MouthRollLower"}),
    ("chin trembling", {"MouthShrugLower"}),
    ("nostrils flared", {"NoseSneer"}),
    ("bares his teeth", {"MouthLowerDown", "MouthUpperUp"}),
    ("raises her brows", {"BrowInnerUp", "BrowOuterUp"}),
    ("eyes closed, raises the brows", {"EyeBlink", "BrowInnerUp", "BrowOuterUp"}),
    ("nothing moves", set()),
    ("", set()),
]


@pytest.mark.parametrize(("text", "wanted"), BRIEF)
def test_a_direction_is_read_as_its_acts(text: str, wanted: set[str]) -> None:
    assert set(directions.read(text)) == wanted


def test_words_of_strength_order_the_weights() -> None:
    texts = ["barely smiling", "slightly smiling", "smiling", "strongly smiling", "extremely smiling"]
    weights = [directions.read(text)["MouthSmile"] for text in texts]
    assert weights == sorted(weights) and len(set(weights)) == 5
    assert weights[0] < 0.15 and weights[-1] > 0.8


def test_a_strength_belongs_to_its_own_clause() -> None:
    read = directions.read("brows slightly lowered, lips pressed hard")
    assert read["BrowDown"] < 0.25 < 0.6 < read["MouthPress"]


def test_the_other_one_is_the_other_side() -> None:
    assert set(directions.read("left brow up, the other down")) == {"BrowOuterUpLeft", "BrowDownRight"}
    assert set(directions.read("right eye shut, the other wide")) >= {"EyeBlinkRight", "EyeWideLeft"}


def test_parts_in_a_row_share_what_they_do() -> None:
    assert set(directions.read("Brows, lids and jaw sink.")) == {"BrowDown", "EyeBlink", "JawOpen"}


def test_a_clause_without_a_part_goes_on_about_the_one_before() -> None:
    assert set(directions.read("The lips press, then part.")) >= {"MouthPress", "JawOpen"}
    assert set(directions.read("The brows lift. Narrowed, pressed.")) == {"BrowInnerUp", "BrowOuterUp"}


def test_what_is_said_later_wins() -> None:
    assert not directions.parse("no smile at first, then smiles").excluded
    assert directions.read("no smile at first, then smiles broadly")["MouthSmile"] > 0.6
    assert directions.read("smiles, not a grin")["MouthSmile"] > 0.3
    assert "MouthSmile" not in directions.read("the smile fades")


def test_what_is_ruled_out_is_told_apart_from_what_is_not_named() -> None:
    assert directions.parse("neither smiling nor frowning").excluded == {"MouthSmile", "BrowDown"}
    assert not directions.parse("looks down").excluded


def test_contrast_keeps_both_halves() -> None:
    assert set(directions.read("the brows stay worried but the mouth smiles")) == {"BrowInnerUp", "MouthSmile"}


def test_the_word_right_is_not_always_a_side() -> None:
    assert set(directions.read("all right, looks right at you, brows lowered")) == {"BrowDown"}


def test_facs_codes_are_read_with_their_letters_and_sides() -> None:
    read = directions.read("AU12 on the left only, level C.")
    assert set(read) == {"MouthSmileLeft"} and 0.3 <= read["MouthSmileLeft"] <= 0.6
    assert set(directions.read("AU1+4+15")) == {"BrowInnerUp", "BrowDown", "MouthFrown"}
    assert set(directions.read("AU4+7")) == {"BrowDown", "EyeSquint"}
    assert directions.read("AU4E")["BrowDown"] > 0.8 > 0.3 > directions.read("AU4B")["BrowDown"]
    assert set(directions.read("AU R12D")) == {"MouthSmileRight"} == set(directions.read("AU12DR"))
    assert set(directions.read("AU99")) == set()


SWAP = {"left": "right", "right": "left"}
MIRRORED = [
    "left brow raised", "looks to the left", "head tilted left", "head turned to the left", "winks with the left eye",
    "mouth pulled to the left", "jaw to the left", "left corner of the mouth down", "smirk on the left",
    "nose wrinkled on the left",
]  # fmt: skip


@pytest.mark.parametrize("text", MIRRORED)
def test_a_mirrored_text_is_the_mirrored_face(text: str) -> None:
    ours = directions.read(text)
    theirs = directions.read(" ".join(SWAP.get(word, word) for word in text.split()))
    assert ours and {act.replace("Left", "Right"): weight for act, weight in ours.items()} == theirs


weights = st.sampled_from([0.15, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 0.95])
faces = st.dictionaries(
    st.sampled_from(acts.PAIRED + acts.SINGLE + ("LookUp", "LookLeft", "HeadDown")), weights, max_size=4
)


@given(faces)
def test_a_described_face_is_read_back(given_face: dict[str, float]) -> None:
    read = directions.read(describe(acts.to_values(given_face)))
    assert set(read) == set(given_face)
    assert all(abs(read[act] - weight) <= 0.2 for act, weight in given_face.items())


@given(st.text(max_size=400) | st.text("AU0123456789+LR, brows eyelidsmouth.;-'\n", max_size=200))
def test_any_text_is_read_as_acts_within_their_range(text: str) -> None:
    read = directions.read(text)
    assert set(read) <= acts.EVERY_ACT
    assert np.isfinite(acts.to_values(read)).all()


def test_a_description_takes_a_fraction_of_a_tick() -> None:
    text = "Half-lidded, brows hoisted just to keep the eyes open; a dry little smile on the right side only."
    rounds = []
    for _ in range(20):
        began = time.perf_counter()
        directions.read(text)
        rounds.append(time.perf_counter() - began)
    assert sorted(rounds)[10] < 1 / 60
