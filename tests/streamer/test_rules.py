import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.arkit import HIGHEST, LOWEST
from streamer.brain import lexicon
from streamer.brain.prototypes import ROWS
from streamer.brain.rules import Rules
from streamer.brain.signs import SIGNS
from streamer.cues import Description, Keyframe, Prompt
from streamer.face import acts

RULES = Rules()


def keyframes(line: str = "", emotion: str = "", background: str = "", seed: int = 0) -> tuple[Keyframe, ...]:
    return RULES.plan([Prompt(line, emotion, background, seed=seed)])[0].keyframes


def face(line: str = "", emotion: str = "", background: str = "") -> dict[str, float]:
    return shown(keyframes(line, emotion, background)[0])


def described(text: str) -> dict[str, float]:
    return shown(RULES.plan([Prompt("", descriptions=(Description(text),))])[0].keyframes[0])


def shown(keyframe: Keyframe) -> dict[str, float]:
    """Every act of a keyframe, the still ones as 0, pairs as the mean of their sides."""
    found = acts.from_values(keyframe.values)
    both = {act: (found.get(act + "Left", 0.0) + found.get(act + "Right", 0.0)) / 2 for act in acts.PAIRED}
    return dict.fromkeys(sorted(acts.EVERY_ACT), 0.0) | {a: w for a, w in both.items() if w} | found


FEELINGS = [
    ("joy", ("MouthSmile", "CheekSquint"), ("MouthFrown", "BrowDown")),
    ("furious", ("BrowDown", "NoseSneer"), ("MouthSmile",)),
    ("deeply sad", ("BrowInnerUp", "MouthFrown"), ("MouthSmile", "EyeWide")),
    ("terrified", ("EyeWide", "BrowInnerUp", "MouthStretch"), ("MouthSmile",)),
    ("surprised", ("EyeWide", "BrowOuterUp", "JawOpen"), ("BrowDown",)),
    ("disgusted", ("NoseSneer", "MouthUpperUp"), ("MouthSmile",)),
    ("contempt", ("MouthDimpleLeft",), ("MouthDimpleRight", "CheekSquint")),
    ("exhausted", ("EyeBlink",), ("EyeWide",)),
    ("suspicious", ("EyeSquint", "BrowDown"), ("EyeWide",)),
    ("embarrassed", ("LookDown",), ("LookUp",)),
]


@pytest.mark.parametrize(("emotion", "raised", "still"), FEELINGS)
def test_a_feeling_shows_in_its_acts_and_not_in_others(
    emotion: str, raised: tuple[str, ...], still: tuple[str, ...]
) -> None:
    seen = face("The gate is open.", emotion)
    assert all(seen[act] > 0.2 for act in raised), seen
    assert all(seen[act] < 0.08 for act in still), seen


def test_the_words_of_intensity_act() -> None:
    weights = [face(emotion=f"{much} annoyed")["BrowDown"] for much in ("barely", "", "extremely")]
    assert weights[0] < 0.6 * weights[1] and weights[1] < 0.85 * weights[2]
    assert face(emotion="annoyed")["BrowDown"] < face(emotion="furious")["BrowDown"]


def test_what_is_negated_does_not_show() -> None:
    assert face("Fine.", "not angry")["BrowDown"] < 0.2
    assert face("Fine.", "not angry but sad")["BrowInnerUp"] > 0.3
    assert face("How dare you!", "not angry")["BrowDown"] < 0.2
    assert face("How dare you!", "not angry")["NoseSneer"] == 0.0
    assert face("How dare you!")["BrowDown"] > 0.3


def test_a_face_with_every_feeling_denied_still_attends() -> None:
    for name in lexicon.FEELINGS:
        seen = face(emotion=f"not {name}")
        assert 0.14 < max(seen.values()) < 0.3, name


def test_words_of_strength_after_the_feeling_act_too() -> None:
    assert face(emotion="disgust, very slight")["NoseSneer"] < 0.6 * face(emotion="disgust")["NoseSneer"]
    assert face(emotion="boredom, extreme")["EyeBlink"] > 1.2 * face(emotion="boredom")["EyeBlink"]


def test_after_a_but_the_second_feeling_leads() -> None:
    assert face(emotion="sad but hopeful")["MouthFrown"] < 0.6 * face(emotion="sad")["MouthFrown"]
    assert face(emotion="sad but hopeful")["BrowInnerUp"] > 0.3


def test_a_feigned_smile_does_not_reach_the_cheeks() -> None:
    assert face(emotion="cheerful")["CheekSquint"] > 0.3
    seen = face(emotion="false cheer")
    assert seen["MouthSmile"] > 0.3 and seen["CheekSquint"] < 0.05


def test_a_feeling_that_is_held_in_shuts_the_mouth() -> None:
    seen, out = face(emotion="rage, barely held in"), face(emotion="rage")
    assert out["JawOpen"] > 0.2 and out["MouthLowerDown"] > 0.2
    assert seen["JawOpen"] == seen["MouthLowerDown"] == 0.0 and seen["MouthPress"] > 0.3 and seen["BrowDown"] > 0.3


def test_a_smile_in_the_words_of_an_emotion_joins_its_feeling() -> None:
    seen = face(emotion="smiling through tears")
    assert seen["MouthSmile"] > 0.15 and seen["BrowInnerUp"] > 0.4


def test_a_hidden_delight_leaks_under_the_brows_of_its_mask() -> None:
    seen = face(emotion="gloating disguised as pity")
    assert seen["BrowInnerUp"] > 0.25 and 0.1 < seen["MouthSmile"] < 0.4


def test_two_feelings_blend() -> None:
    seen = face(emotion="relief with guilt")
    assert seen["MouthSmile"] > 0.1 and seen["LookDown"] > 0.2


@pytest.mark.parametrize(
    "emotion", ["anxiety hidden behind a polite smile", "fear under politeness", "grief masked by cheerfulness"]
)
def test_a_mask_smiles_with_the_mouth_and_worries_with_the_brows(emotion: str) -> None:
    seen = face(emotion=emotion)
    assert seen["MouthSmile"] > 0.15 and seen["BrowInnerUp"] > 0.2 and seen["CheekSquint"] < 0.05


def test_one_feeling_that_turns_into_another_is_two_keyframes() -> None:
    first, second = keyframes("I did it! Oh no.", "triumph turning to panic")
    assert first.at < second.at
    assert shown(first)["MouthSmile"] > 0.3 and shown(second)["EyeWide"] > 0.5


SIGNS_OF_LINES = [
    ("Thank you, you saved my life!", "MouthSmile"),
    ("How dare you!", "BrowDown"),
    ("Who goes there?", "EyeSquint"),
    ("I'm so sorry, it was my fault.", "BrowInnerUp"),
    ("Ugh, not again.", "BrowDown"),
    ("Ow! It hurts!", "EyeSquint"),
    ("Ew, what is that smell?", "NoseSneer"),
    ("Hahaha, good one!", "MouthSmile"),
    ("Run! It's coming!", "EyeWide"),
    ("Please, have mercy.", "BrowInnerUp"),
    ("Hmm... perhaps.", "LookUp"),
]


@pytest.mark.parametrize(("line", "act"), SIGNS_OF_LINES)
def test_a_line_without_an_emotion_speaks_for_itself(line: str, act: str) -> None:
    assert face(line)[act] > 0.15


SEQUENCES = [
    ("hope, then despair", 2),
    ("hope to despair", 2),
    ("joy melting into tears", 2),
    ("sad -> angry -> numb", 3),
    ("fear giving way to relief", 2),
    ("hard to please", 1),
    ("lost to the world", 1),
]


@pytest.mark.parametrize(("emotion", "count"), SEQUENCES)
def test_feelings_after_one_another_are_keyframes_after_one_another(emotion: str, count: int) -> None:
    made = keyframes(emotion=emotion)
    assert len(made) == count
    assert len({keyframe.values.tobytes() for keyframe in made}) == count


def test_the_onset_is_the_feelings_own_unless_the_words_say_another() -> None:
    onsets = {
        emotion: keyframes(emotion=emotion)[0].onset for emotion in ("startled", "grief", "suddenly sad", "slow anger")
    }
    assert onsets == {"startled": "snap", "grief": "slow", "suddenly sad": "snap", "slow anger": "slow"}


def test_a_long_line_does_not_keep_one_face_to_its_end() -> None:
    first, last = keyframes("I have waited for this letter since the winter before last.", "joy")
    assert first.at <= 0.3 and last.at > 0.7
    assert 0.1 < shown(last)["MouthSmile"] < shown(first)["MouthSmile"]
    assert len(keyframes("At last!", "joy")) == 1


def test_the_background_shades_a_line_that_says_nothing() -> None:
    line = "The chair is by the door."
    assert face(line, background="The widow is grieving.")["BrowInnerUp"] > face(line)["BrowInnerUp"] + 0.1
    assert face(line, "joy", "The widow is grieving.") == face(line, "joy")


def test_there_are_ninety_feelings_and_hundreds_of_words() -> None:
    assert len(lexicon.FEELINGS) >= 90
    assert len({word for _, _, _, words in ROWS for word in words.split()}) > 600


def test_no_feeling_lifts_every_brow() -> None:
    lifted = [feeling for feeling in lexicon.FEELINGS.values() if feeling.acts.get("BrowInnerUp", 0.0) >= 0.3]
    assert len(lifted) < len(lexicon.FEELINGS) / 3


def test_the_emotion_wins_over_the_words() -> None:
    assert face("I'm so happy for you.", "bitter hatred")["BrowDown"] > 0.3


def test_capitals_and_exclamation_marks_raise_the_face() -> None:
    assert face("GET OUT!!!")["BrowDown"] > face("get out")["BrowDown"]


def test_a_line_that_says_nothing_still_moves_the_face_and_not_always_the_same_way() -> None:
    faces = [keyframes(f"The {word} is by the door.")[0] for word in ("chair", "table", "lamp", "book", "bag", "map")]
    assert all(keyframe.values.any() and keyframe.values.max() < 0.3 for keyframe in faces)
    assert len({keyframe.values.tobytes() for keyframe in faces}) > 1


def test_nothing_at_all_is_a_face_at_rest() -> None:
    assert not keyframes()[0].values.any()


def test_a_caption_names_the_feeling_and_the_face() -> None:
    assert keyframes(emotion="furious")[0].text.startswith("fury: ")


OPPOSITES = [
    ("smiling", "not smiling", "MouthSmile"),
    ("left brow up", "right brow up", "BrowOuterUpLeft"),
    ("enraged", "barely annoyed", "BrowDown"),
    ("eyes wide", "eyes narrowed", "EyeWide"),
    ("eyes closed", "eyes wide open", "EyeBlink"),
    ("looks up", "looks down", "LookUp"),
    ("looks left", "looks right", "LookLeft"),
    ("head tilted left", "head tilted right", "HeadTiltLeft"),
    ("head turned left", "head turned right", "HeadLeft"),
    ("head up", "head bowed", "HeadUp"),
    ("jaw dropped wide open", "jaw slightly open", "JawOpen"),
    ("brows raised", "brows lowered", "BrowOuterUp"),
    ("lips pressed hard", "lips slightly pressed", "MouthPress"),
    ("a smirk on the left", "a smirk on the right", "MouthSmileLeft"),
    ("winks with the right eye", "winks with the left eye", "EyeBlinkRight"),
    ("corners of the mouth down", "corners of the mouth raised", "MouthFrown"),
    ("nose wrinkled", "nose not wrinkled", "NoseSneer"),
    ("cheeks puffed", "cheeks raised", "CheekPuff"),
    ("tongue out", "without the tongue", "TongueOut"),
    ("mouth pulled to the left", "mouth pulled to the right", "MouthLeft"),
]


@pytest.mark.parametrize(("more", "less", "act"), OPPOSITES)
def test_opposite_descriptions_differ_in_the_right_direction(more: str, less: str, act: str) -> None:
    assert described(more)[act] > described(less)[act] + 0.1


def test_a_description_keeps_its_words_time_and_onset() -> None:
    given = (Description("She smiles slowly."), Description("A flinch.", at=0.9), Description("x", onset="snap"))
    made = RULES.plan([Prompt("", descriptions=given)])[0].keyframes
    assert [k.text for k in made] == ["She smiles slowly.", "A flinch.", "x"]
    assert [k.onset for k in made] == ["slow", "snap", "snap"] and made[1].at == 0.9


def test_the_same_prompt_gives_the_same_face_and_the_seed_may_change_it() -> None:
    line = "The chair is by the door."
    assert keyframes(line, seed=1)[0].values.tobytes() == keyframes(line, seed=1)[0].values.tobytes()
    assert len({keyframes(line, seed=seed)[0].values.tobytes() for seed in range(8)}) > 1


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_face_within_its_limits(line: str, emotion: str, background: str) -> None:
    made = RULES.plan([Prompt(line, emotion, background), Prompt("", descriptions=(Description(line),))])
    for sheet in made:
        assert 1 <= len(sheet.keyframes) <= 3
        ats = [keyframe.at for keyframe in sheet.keyframes]
        assert ats == sorted(ats) and ats[0] >= 0 and ats[-1] <= 1
        for keyframe in sheet.keyframes:
            assert (keyframe.values >= LOWEST).all() and (keyframe.values <= HIGHEST).all()


@pytest.mark.parametrize(
    "text", ["😀" * 1000, "مرحبا كيف حالك", "你好吗？我很好。", "a" * 2000, "\x00\x01", "!" * 2000, " " * 2000]
)
def test_strange_text_is_a_face_too(text: str) -> None:
    for keyframe in keyframes(text, text, text) + keyframes(text):
        assert np.isfinite(keyframe.values).all()
    assert np.isfinite(list(described(text).values())).all()


def test_what_a_description_rules_out_does_not_come_back_with_its_feeling() -> None:
    assert described("delighted")["MouthSmile"] > 0.3
    assert described("delighted, but no smile")["MouthSmile"] == 0.0
    assert described("delighted, but no smile")["BrowOuterUp"] > 0.1


def test_a_description_without_words_has_a_caption_and_a_face() -> None:
    made = RULES.plan([Prompt("", descriptions=(Description(""),))])[0].keyframes[0]
    assert made.text and made.values.any()


def test_descriptions_without_times_are_spread_evenly() -> None:
    made = RULES.plan([Prompt("", descriptions=(Description("a"), Description("b")))])[0].keyframes
    assert [keyframe.at for keyframe in made] == [0.25, 0.75]
    assert RULES.plan([Prompt("", descriptions=(Description("a"),))])[0].keyframes[0].at == 0.2


@given(
    st.lists(st.sampled_from(sorted(lexicon.FEELINGS)), min_size=1, max_size=4),
    st.sampled_from([" and ", " behind ", " but "]),
)
def test_any_feelings_together_are_a_face_whose_acts_do_not_contradict(names: list[str], joint: str) -> None:
    for keyframe in keyframes(emotion=joint.join(names)):
        seen = shown(keyframe)
        assert keyframe.values.any()
        for one, other in CONTRADICTIONS:
            assert not (seen[one] > 0 and seen[other] > 0), (one, other)


CONTRADICTIONS = (
    ("LookLeft", "LookRight"), ("LookUp", "LookDown"), ("HeadUp", "HeadDown"), ("HeadLeft", "HeadRight"),
    ("HeadTiltLeft", "HeadTiltRight"), ("JawLeft", "JawRight"), ("MouthLeft", "MouthRight"),
    ("MouthSmileLeft", "MouthFrownLeft"), ("MouthSmileRight", "MouthFrownRight"), ("EyeWide", "EyeBlink"),
)  # fmt: skip


def test_opposite_acts_do_not_both_act() -> None:
    for emotion in ("anxiety and guilt and boredom", "terror and grief and despair", "joy and sorrow"):
        seen = face(emotion=emotion)
        for one, other in (("LookLeft", "LookRight"), ("LookUp", "LookDown"), ("HeadUp", "HeadDown")):
            assert not (seen[one] > 0 and seen[other] > 0)


def test_every_feeling_is_a_valid_face_with_a_name_that_finds_it() -> None:
    for name, feeling in lexicon.FEELINGS.items():
        assert acts.to_values(feeling.acts).any()
        assert lexicon.feeling(name) is feeling
    assert all(feeling.name in lexicon.FEELINGS for feeling, _, _ in SIGNS)


def test_a_plan_takes_far_less_than_a_tick() -> None:
    prompt = Prompt(
        "Put it down, slowly, and step away from the gate before I lose what is left of my patience.", "cold anger"
    )
    rounds = []
    for _ in range(20):
        began = time.perf_counter()
        RULES.plan([prompt])
        rounds.append(time.perf_counter() - began)
    assert sorted(rounds)[10] < 1 / 60
