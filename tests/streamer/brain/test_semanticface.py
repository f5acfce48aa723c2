import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, by_name
from protocols.errors import DecodeError
from protocols.recording import COLUMNS
from streamer.brain.semanticface import SYSTEM, ask_picture, read_picture

VALUES = {"MouthSmileLeft": 0.6, "MouthSmileRight": 0.55, "BrowDownLeft": 0.125, "HeadPitch": -0.1, "LeftEyeYaw": -0.2}
FACE = {name: VALUES.get(name, 0.0) for name in COLUMNS}
ANALYSIS = {
    "expression_category": "a smile {with braces}",
    "muscle_movements": "lip corners up",
    "emotional_implication": "warmth",
    "symmetry": "nearly",
}
ASKED = json.dumps({"analysis": ANALYSIS, "arkit": FACE})
RELEASED = (  # the form of the released results; the words are our own
    "1. Expression category: a polite smile.\n2. Muscle movements: {both} lip corners rise.\n"
    '3. It implies "warmth".\n4. Symmetry: nearly.\n\n'
    + json.dumps({name: round(value, 1) for name, value in FACE.items()}, indent=2)
)


def test_what_is_asked_holds_the_picture_and_all_names() -> None:
    system, user = ask_picture("data:image/png;base64,AAAA")
    assert system == {"role": "system", "content": SYSTEM}
    parts: Any = user["content"]
    assert parts[0] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    assert parts[1]["type"] == "text"
    assert all(f" {name}" in SYSTEM for name in CHANNELS) and "3 decimals" in SYSTEM and "own left" in SYSTEM
    assert all(f'"{key}"' in SYSTEM for key in (*ANALYSIS, "analysis", "arkit"))


def test_the_form_that_was_asked_for_gives_its_numbers() -> None:
    reading = read_picture(ASKED)
    assert reading.remarks == ()
    assert by_name(reading.values) == dict.fromkeys(CHANNELS, 0.0) | VALUES


def test_the_form_of_the_released_results_gives_its_numbers_negative_rotations_too() -> None:
    reading = read_picture(RELEASED)
    assert reading.remarks == ()
    assert by_name(reading.values)["HeadPitch"] == -0.1 and by_name(reading.values)["MouthSmileLeft"] == 0.6


TOLERATED = {
    "a thought before it": "<think>{}</think>" + ASKED,
    "a fence": f"```json\n{ASKED}\n```",
    "comments and a last comma": ASKED[:-2] + ', // "done"\n}}',
    "camel case": json.dumps({"arkit": {name[0].lower() + name[1:]: value for name, value in FACE.items()}}),
    "the face before the analysis": json.dumps({"arkit": FACE, "analysis": ANALYSIS}),
    "another wrapper": json.dumps({"result": {"analysis": ANALYSIS, "arkit": FACE}}),
    "words behind it": ASKED + "\nI hope {this} helps.",
}


@pytest.mark.parametrize("text", TOLERATED.values(), ids=TOLERATED)
def test_a_face_is_found_whatever_stands_around_it(text: str) -> None:
    assert np.array_equal(read_picture(text).values, read_picture(ASKED).values)


def test_what_is_missing_out_of_bounds_or_no_number_is_mended_and_told() -> None:
    reading = read_picture('{"arkit": {"JawOpen": 1.7, "HeadYaw": -3, "MouthSmileLeft": NaN, "Ears": 1}}')
    assert reading.values[INDEX["JawOpen"]] == 1 and reading.values[INDEX["HeadYaw"]] == -1
    assert np.count_nonzero(reading.values) == 2
    assert [remark.partition(":")[0] for remark in reading.remarks] == [
        "58 missing",
        "1 no numbers",
        "2 out of bounds",
        "1 unknown",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I cannot look at pictures of people.",
        json.dumps({"analysis": ANALYSIS}),
        json.dumps({"analysis": ANALYSIS, "arkit": {}}),
        json.dumps({"arkit": list(FACE.values())}),
        "{" * 5000,
        "",
    ],
)
def test_an_answer_without_a_face_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        read_picture(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from((*CHANNELS, "arkit", "x")), inner),
        max_leaves=20,
    ),
    st.text(max_size=20),
)
def test_any_answer_is_a_face_within_its_bounds_or_refused(value: object, around: str) -> None:
    try:
        values = read_picture(around + json.dumps({"arkit": value}) + around).values
    except DecodeError:
        return
    assert values.shape == (61,) and (values >= LOWEST).all() and (values <= HIGHEST).all()
