"""What voice services say of their speech: one file each, as they document it, and what may be wrong in it."""

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import messages, voices
from protocols.arkit import CHANNELS, INDEX
from protocols.errors import DecodeError
from protocols.voices import Letters, Phone, Shapes
from streamer.face.sounds import PHONES

VECTORS = Path(__file__).parents[1] / "vectors" / "voices"
NAN = float("nan")


def vector(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


READ = {
    "arpabet": (
        Phone("SIL", 0.0, 0.05), Phone("HH", 0.05, 0.13), Phone("AO1", 0.13, 0.31), Phone("L", 0.31, 0.38),
        Phone("T", 0.38, 0.45), Phone("sp", 0.45, 0.6),
    ),
    "azure_visemes": (
        Phone("", 0.05, 0.1), Phone("HH", 0.1, 0.175), Phone("AO", 0.175, 0.35), Phone("L", 0.35, 0.41),
        Phone("T", 0.41, 0.5), Phone("", 0.5, 0.6),
    ),
    "elevenlabs": Letters(tuple("Halt!"), (0.0, 0.104, 0.29, 0.348, 0.441), (0.104, 0.29, 0.348, 0.441, 0.72)),
    "inworld_characters": Letters(tuple("Go!"), (0.1, 0.22, 0.41), (0.22, 0.41, 0.41)),
    "inworld_phones": (
        Phone("", 0.0, 0.12), Phone("ɡ", 0.12, 0.2), Phone("oʊ", 0.2, 0.4), Phone("n", 0.4, 0.5),
        Phone("aʊ", 0.5, pytest.approx(0.82)),
    ),
}  # fmt: skip
ALL = [path.stem for path in sorted(VECTORS.glob("*.json")) if path.stem != "azure_columns"]


@pytest.mark.parametrize("name", READ)
def test_a_service_is_read_as_it_documents_itself(name: str) -> None:
    assert voices.decode(vector(name)) == READ[name]


@pytest.mark.parametrize("name", ALL)
def test_what_a_service_says_goes_through_a_line_and_back(name: str) -> None:
    given = {"type": "line", "character": "guard", "text": "Halt!", "phones": vector(name)}
    line = messages.decode(json.dumps(given))
    assert isinstance(line, messages.Line) and line.phones == voices.decode(vector(name))
    assert messages.decode(messages.encode(line)) == line
    assert hash(line) == hash(messages.decode(messages.encode(line)))


def test_the_contract_s_own_form_is_written_as_it_came() -> None:
    assert voices.encode(voices.decode(vector("arpabet"))) == vector("arpabet")


def test_blend_shapes_go_to_the_channel_of_their_documented_name() -> None:
    shapes = voices.decode(vector("azure_shapes"))
    assert isinstance(shapes, Shapes) and shapes.rate == 60 and shapes.values.shape == (3, len(CHANNELS))
    assert shapes.values.dtype == np.float32 and not shapes.values.flags.writeable
    rows = [row for chunk in vector("azure_shapes") for row in chunk["BlendShapes"]]
    for column, name in enumerate(vector("azure_columns")):
        expected = np.array([row[column] for row in rows], np.float32)
        assert (shapes.values[:, INDEX[name[0].upper() + name[1:]]] == expected).all(), name
    assert not shapes.values[:, INDEX["HeadYaw"]].any()


def test_one_chunk_alone_is_read_too() -> None:
    chunks = vector("azure_shapes")
    first = voices.decode(chunks[0])
    assert first == voices.decode(chunks[:1]) and first != voices.decode(chunks)


def test_a_blend_shape_a_little_out_of_range_is_clipped() -> None:
    shapes = voices.decode({"FrameIndex": 0, "BlendShapes": [[1.04, -0.02, *[0] * 53]]})
    assert isinstance(shapes, Shapes)
    assert shapes.values[0, INDEX["EyeBlinkLeft"]] == 1 and shapes.values[0, INDEX["EyeLookDownLeft"]] == 0


@pytest.mark.parametrize(
    "keys", [("viseme_id", "audio_offset"), ("visemeId", "audioOffset"), ("VisemeId", "AudioOffset")]
)
def test_the_keys_of_every_library_are_understood(keys: tuple[str, str]) -> None:
    assert voices.decode([dict(zip(keys, (21, 10_000_000), strict=True))]) == (Phone("P", 1.0, 1.1),)


def test_words_are_letters_that_share_their_time_and_keep_the_service_s_spaces() -> None:
    letters = voices.decode(vector("inworld_words"))
    assert isinstance(letters, Letters) and "".join(letters.characters) == "Go now."
    assert letters.begins == pytest.approx((0.12, 0.26, 0.4, 0.4, 0.54, 0.68, 0.82))
    assert letters.ends == pytest.approx((0.26, 0.4, 0.4, 0.54, 0.68, 0.82, 0.82))


def test_words_without_spaces_get_them_where_the_voice_is_between_them() -> None:
    words = {"words": ["Go", "now."], "word_start_time_seconds": [0, 0.5], "word_end_time_seconds": [0.4, 0.9]}
    letters = voices.decode({"word_alignment": words, "character_alignment": None})
    assert isinstance(letters, Letters) and "".join(letters.characters) == "Go now."
    assert (letters.begins[2], letters.ends[2]) == (0.4, 0.5)


def test_an_overlap_that_rounding_makes_goes_to_the_later_sound() -> None:
    assert voices.decode([["AA", 0, 0.119], ["B", 0.1, 0.2]]) == (Phone("AA", 0.0, 0.1), Phone("B", 0.1, 0.2))
    two = {"characters": ["a", "b"], "character_start_times_seconds": [0, 0.1]}
    letters = voices.decode(two | {"character_end_times_seconds": [0.11, 0.2]})
    assert isinstance(letters, Letters) and letters.ends == (0.1, 0.2)


@pytest.mark.parametrize(
    ("symbol", "meant"),
    [("AA", ("AA", 0.5)), ("AA0", ("AA", 0.0)), ("AA1", ("AA", 1.0)), ("er2", ("ER", 0.5)), ("B", ("B", 0.0)),
     ("Y", ("Y", 0.0)), ("y", ("UW", 0.5)), ("j", ("Y", 0.0)), ("", ("", 0.0)), ("SIL", ("", 0.0)), ("sp", ("", 0.0)),
     ("ˈt͡ʃʰː", ("CH", 0.0)), ("ˈiː", ("IY", 1.0)), ("əʊ", ("OW", 0.5)), ("ɝ", ("ER", 0.5)), ("hh", ("HH", 0.0))],
)  # fmt: skip
def test_a_symbol_is_a_phone_and_its_stress(symbol: str, meant: tuple[str, float]) -> None:
    assert voices.arpabet(symbol) == meant


@pytest.mark.parametrize("symbol", ["QQ", "B1", "1", "A", "☃", "AA3", "AA11", "ˈ"])
def test_an_unknown_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(DecodeError, match="unknown phone"):
        voices.arpabet(symbol)


def test_the_phones_are_those_that_the_face_forms() -> None:
    assert voices.PHONES == PHONES
    assert {voices.arpabet(ipa)[0] for ipa in voices._IPA} == PHONES
    assert set(voices._VISEMES) <= PHONES | {""}


def test_the_length_of_a_voice_is_the_end_of_its_last_sound() -> None:
    lengths = {name: voices.length(voices.decode(vector(name))) for name in ALL}
    assert lengths == pytest.approx(
        {"arpabet": 0.6, "azure_shapes": 0.05, "azure_visemes": 0.6, "elevenlabs": 0.72, "inworld_characters": 0.41,
         "inworld_phones": 0.82, "inworld_words": 0.82}
    )  # fmt: skip
    assert voices.length(()) == voices.length(Letters((), (), ())) == 0


def test_the_last_viseme_ends_where_a_voice_may_end() -> None:
    late = voices.decode([{"viseme_id": 1, "audio_offset": 5_999_999_999}])
    assert voices.length(late) == 600 and voices.decode(voices.encode(late)) == late


def viseme(identity: object, offset: object, **more: object) -> dict[str, object]:
    return {"viseme_id": identity, "audio_offset": offset, **more}


def letters(characters: list[object], begins: list[object], ends: list[object]) -> dict[str, object]:
    return {
        "characters": characters, "character_start_times_seconds": begins, "character_end_times_seconds": ends,
    }  # fmt: skip


def phonetic(*phones: tuple[object, object, object]) -> dict[str, object]:
    keys = ("phoneSymbol", "startTimeSeconds", "durationSeconds")
    details = [{"wordIndex": 0, "phones": [dict(zip(keys, phone, strict=True)) for phone in phones]}]
    times = {"words": ["a"], "wordStartTimeSeconds": [0], "wordEndTimeSeconds": [1]}
    return {"wordAlignment": times | {"phoneticDetails": details}}


FRAME = [0.0] * 55
BAD: list[tuple[object, str]] = [
    (3, "phones is 3, expected an array or an object"),
    ([3], r"phones\[0\] is 3, expected an array"),
    ([["AA", 0, 1], {"viseme_id": 1}], r"phones\[1\] is an object, expected an array"),
    ([["AA", 0, NAN]], r"phones\[0\] is nan, expected 0..600"),
    ([["AA", 0, 0]], r"phones\[0\] lasts 0 seconds"),
    ([["AA", 0.5, 0.4]], r"phones\[0\] runs backwards"),
    ([["AA", 0, 0.5], ["B", 0.48, 0.6]], r"phones\[1\] overlaps what is before it by 20 ms, expected less than 20"),
    ([["AA", 0, 0.01], ["B", 0, 0.6]], r"phones\[1\] starts where the phone before does"),
    ([["Q1", 0, 1]], r"phones\[0\]: unknown phone 'Q1', expected ARPAbet or IPA"),
    ([["AA", 0, 601]], r"phones\[0\] is 601, expected 0..600"),
    ([["AA", "0", 1]], r"phones\[0\] is '0', expected a number"),
    ([viseme(22, 0)], r"phones\[0\].viseme_id is 22, expected 0..21"),
    ([viseme(True, 0)], r"phones\[0\].viseme_id is true, expected a whole number"),
    ([viseme(1, 0.5)], r"phones\[0\].audio_offset is 0.5, expected a whole number"),
    ([viseme(1, -1)], r"phones\[0\].audio_offset is -1, expected 0..6000000000"),
    ([viseme(1, 20), viseme(2, 10)], r"phones\[0\] runs backwards"),
    ([viseme(1, 10), viseme(2, 10)], r"phones\[0\] lasts 0 seconds"),
    ([viseme(1, 6_000_000_000)], r"phones\[0\] lasts 0 seconds"),
    ([viseme(1, 10), ["AA", 0, 1]], r"phones\[1\] is an array, expected an object"),
    ([{"visemeId": 1}], r"phones\[0\].audio_offset is missing"),
    ([viseme(1, 10, visemeId=1)], r"phones\[0\] has a field twice"),
    ([viseme(1, 10, animation="{...}")], r"phones\[0\].animation is not empty"),
    ([viseme(1, 10, mood="x")], r"unknown field 'phones\[0\].mood'"),
    ([viseme(1, 10)] * 4001, "phones has 4001 entries, expected at most 4000"),
    ({"FrameIndex": 1, "BlendShapes": [FRAME]}, "phones.FrameIndex is 1, expected 0"),
    ([{"FrameIndex": 0, "BlendShapes": [FRAME]}] * 2, r"phones\[1\].FrameIndex is 0, expected 1"),
    ({"FrameIndex": 0, "BlendShapes": []}, "phones.BlendShapes is empty"),
    ({"FrameIndex": 0, "BlendShapes": [FRAME[:54]]}, r"phones.BlendShapes\[0\] has 54 numbers, expected 55"),
    ({"FrameIndex": 0, "BlendShapes": [[*FRAME[:54], None]]}, r"phones.BlendShapes\[0\] holds what is not a number"),
    ({"FrameIndex": 0, "BlendShapes": [[*FRAME[:54], True]]}, r"phones.BlendShapes\[0\] holds what is not a number"),
    ({"FrameIndex": 0, "BlendShapes": [FRAME, [*FRAME[:17], NAN, *FRAME[18:]]]}, r"\[1\]\[17\] \(JawOpen\) is nan"),
    ({"FrameIndex": 0, "BlendShapes": [[*FRAME[:54], 7]]}, r"\[0\]\[54\] \(RightEyeRoll\) is 7, expected -2..2"),
    ({"FrameIndex": 0, "BlendShapes": [[*FRAME[:54], 10**400]]}, "a number of more than 64 bits"),
    ({"FrameIndex": 0, "BlendShapes": [FRAME], "Fps": 60}, "unknown field 'phones.fps'"),
    ({}, "phones has 0 of blend_shapes, characters, character_alignment, word_alignment, expected one"),
    (letters(["a"], [0], [0.1]) | {"wordAlignment": {}}, "phones has 2 of"),
    (letters(["a", "b"], [0], [0.1]), "phones has 2, 1 and 1 characters, starts and ends, expected as many"),
    (letters(["a"], [0.2], [0.1]), r"phones.characters\[0\] runs backwards"),
    (letters(["a", "b"], [0.2, 0.1], [0.3, 0.4]), r"phones.characters\[1\] runs backwards"),
    (letters(["a", "b"], [0, 0.1], [0.3, 0.4]), r"phones.characters\[1\] overlaps what is before it by 200 ms"),
    (letters(["a"], [NAN], [1]), r"phones.character_start_time_seconds\[0\] is nan"),
    (letters(["a" * 9], [0], [1]), r"phones.characters\[0\] is 9 characters, expected 0..8"),
    (letters(["a"] * 8001, [0] * 8001, [0] * 8001), "phones.characters has 8001 entries, expected at most 8000"),
    ({"characterAlignment": {"characters": []}}, "character_alignment.character_start_time_seconds is missing"),
    ({"wordAlignment": [], "audio": ""}, "unknown field 'phones.audio'"),
    ({"wordAlignment": []}, "phones.word_alignment is an array, expected an object"),
    (phonetic(("a", 0, 0)), r"phonetic_details\[0\].phones\[0\] lasts 0 seconds"),
    (phonetic(("a", 0, -1)), r"phones\[0\].duration_seconds is -1, expected 0..600"),
    (phonetic(("a", 500, 200)), r"the end of phones.* is 700.0, expected 0..600"),
    (phonetic(("ˈt͡ʃʰːːːː", 0, 1)), r"phones\[0\].phone_symbol is 9 characters, expected 0..8"),
    (phonetic(("bogus", 0, 1)), r"phonetic_details\[0\].phones\[0\]: unknown phone 'bogus'"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "said"), BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_named(bad: object, said: str) -> None:
    with pytest.raises(DecodeError, match=said) as refused:
        voices.decode(bad)
    assert len(str(refused.value)) < 200


keys = st.sampled_from(
    ["FrameIndex", "BlendShapes", "viseme_id", "audioOffset", "characters", "character_start_times_seconds",
     "characterEndTimeSeconds", "wordAlignment", "words", "wordStartTimeSeconds", "wordEndTimeSeconds",
     "phoneticDetails", "phones", "phoneSymbol", "startTimeSeconds", "durationSeconds"]
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 30) | st.floats() | st.text(max_size=3) | st.sampled_from(["AA1", "ʃ"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_any_value_is_a_timing_or_a_decode_error(value: object) -> None:
    with contextlib.suppress(DecodeError):
        timing = voices.decode(value)
        assert voices.decode(json.loads(json.dumps(voices.encode(timing)))) == timing


def test_the_longest_messages_are_read_in_no_time() -> None:
    most = {"FrameIndex": 0, "BlendShapes": [[0.125] * 55] * 700}
    begun = time.thread_time()
    voices.decode(most)
    voices.decode([["AA1", i / 10, (i + 1) / 10] for i in range(voices.MAX_PHONES)])
    assert time.thread_time() - begun < 0.5  # it is 0.02 on a quiet machine
