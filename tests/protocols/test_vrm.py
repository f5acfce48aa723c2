import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import vmc, vrm
from protocols.arkit import CHANNELS, SHAPES, Floats, face
from protocols.selection import select
from protocols.vmc import Apply, Blend, Bone, Event
from protocols.vrm import Avatar

# A frame of presets alone, its end written out: ... Val LookRight 0.5, Apply.
END = (
    bytes.fromhex("00000028") + b"/VMC/Ext/Blend/Val\0\0" + b",sf\0" + b"LookRight\0\0\0" + bytes.fromhex("3F000000")
    + bytes.fromhex("0000001C") + b"/VMC/Ext/Blend/Apply\0\0\0\0" + b",\0\0\0"
)  # fmt: skip


def shown(values: Floats) -> dict[str, float]:
    return dict(zip(vrm.VRM0, vrm.weights(values).tolist(), strict=True))


def sent(avatar: Avatar, values: Floats) -> list[Event]:
    return [event for datagram in avatar.encode(values, 1.5) for event in vmc.decode(bytes(datagram))]


def blends(avatar: Avatar, values: Floats) -> dict[str, float]:
    return {event.name: event.value for event in sent(avatar, values) if isinstance(event, Blend)}


def test_a_frame_of_presets_ends_with_these_bytes() -> None:
    looks_right = face({"EyeLookInLeft": 0.5, "EyeLookOutRight": 0.5})
    datagrams = Avatar(select(CHANNELS, []), "vrm0").encode(looks_right, 1.5)
    assert bytes(datagrams[-1]).endswith(END)


@pytest.mark.parametrize(
    ("channels", "preset"),
    [
        ({"MouthSmileLeft": 0.6, "MouthSmileRight": 0.6, "CheekSquintLeft": 0.45, "CheekSquintRight": 0.45}, "Joy"),
        ({"BrowDownLeft": 0.5, "BrowDownRight": 0.5, "MouthPressLeft": 0.3, "MouthPressRight": 0.3}, "Angry"),
        ({"BrowInnerUp": 0.5, "MouthFrownLeft": 0.4, "MouthFrownRight": 0.4}, "Sorrow"),
        ({"MouthSmileLeft": 0.4, "MouthSmileRight": 0.4, "CheekSquintLeft": 0.1, "CheekSquintRight": 0.1}, "Fun"),
        ({"EyeWideLeft": 0.5, "EyeWideRight": 0.5, "BrowOuterUpLeft": 0.5, "BrowOuterUpRight": 0.5,
          "BrowInnerUp": 0.4, "JawOpen": 0.3}, "Surprised"),
    ],
)  # fmt: skip
def test_a_feeling_shows_as_its_preset_before_all_others(channels: dict[str, float], preset: str) -> None:
    feelings = {name: weight for name, weight in shown(face(channels)).items() if name in vrm.VRM0[:5]}
    assert max(feelings, key=feelings.__getitem__) == preset
    assert feelings.pop(preset) > 0.3 > max(feelings.values())


@pytest.mark.parametrize(
    ("channels", "vowel"),
    [
        ({"JawOpen": 0.5}, "A"),
        ({"JawOpen": 0.05, "MouthStretchLeft": 0.4, "MouthStretchRight": 0.4}, "I"),
        ({"JawOpen": 0.1, "MouthPucker": 0.7, "MouthFunnel": 0.2}, "U"),
        ({"JawOpen": 0.15, "MouthLowerDownLeft": 0.5, "MouthLowerDownRight": 0.5, "MouthUpperUpLeft": 0.3,
          "MouthUpperUpRight": 0.3}, "E"),
        ({"JawOpen": 0.3, "MouthFunnel": 0.6}, "O"),
    ],
)  # fmt: skip
def test_a_mouth_shows_as_its_vowel_before_all_others(channels: dict[str, float], vowel: str) -> None:
    vowels = {name: weight for name, weight in shown(face(channels)).items() if name in "AIUEO"}
    assert max(vowels, key=vowels.__getitem__) == vowel


@pytest.mark.parametrize(
    ("channels", "preset"),
    [
        ({"EyeBlinkLeft": 0.7}, {"Blink_L": 0.7}),
        ({"EyeBlinkRight": 0.7}, {"Blink_R": 0.7}),
        ({"EyeLookUpLeft": 0.4, "EyeLookUpRight": 0.4}, {"LookUp": 0.4}),
        ({"EyeLookDownLeft": 0.4, "EyeLookDownRight": 0.4}, {"LookDown": 0.4}),
        ({"EyeLookOutLeft": 0.4, "EyeLookInRight": 0.4}, {"LookLeft": 0.4}),
        ({"EyeLookInLeft": 0.4, "EyeLookOutRight": 0.4}, {"LookRight": 0.4}),
    ],
)
def test_lids_and_looks_have_presets_of_their_own(channels: dict[str, float], preset: dict[str, float]) -> None:
    assert {name: weight for name, weight in shown(face(channels)).items() if weight} == pytest.approx(preset)


@given(arrays.arrays(np.float32, 61, elements=st.floats(width=32)))
def test_presets_are_weights_and_no_group_exceeds_one(values: Floats) -> None:
    weights = vrm.weights(values)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert weights[:5].sum() <= 1 + 1e-6 and weights[5:10].sum() <= 1 + 1e-6


def test_the_names_of_both_versions_stand_for_the_same() -> None:
    assert len(vrm.VRM0) == len(vrm.VRM1) == 16 and not set(vrm.VRM0) & set(vrm.VRM1)
    values = face({"EyeBlinkLeft": 0.5, "JawOpen": 0.3, "BrowDownLeft": 0.4})
    found = blends(Avatar(presets="vrm1"), values)
    assert len(found) == 52 + 32
    assert [found[name] for name in vrm.VRM0] == [found[name] for name in vrm.VRM1] == vrm.weights(values).tolist()


@pytest.mark.parametrize("bones", [False, True])
def test_an_avatar_that_asks_for_nothing_special_is_a_plain_frame(bones: bool) -> None:
    values = face({"JawOpen": 0.5, "HeadYaw": 0.4, "RightEyePitch": -0.2})
    plain = [event for datagram in vmc.encode(values, 1.5, bones=bones) for event in vmc.decode(datagram)]
    assert sent(Avatar(bones=bones), values) == plain


def test_only_the_chosen_shapes_are_sent_under_their_new_names() -> None:
    chosen = select(CHANNELS, ["Jaw*", "!JawForward"], rename={"JawOpen": "open"})
    assert blends(Avatar(chosen), face({"JawOpen": 0.5})) == {"open": 0.5, "JawLeft": 0, "JawRight": 0}


def test_a_flipped_turn_turns_the_other_way() -> None:
    def yaw(avatar: Avatar) -> float:
        (head,) = [e for e in sent(avatar, face({"HeadYaw": 0.4})) if isinstance(e, Bone) and e.name == "Head"]
        return head.rotation[1]

    assert yaw(Avatar(bones=True)) == -yaw(Avatar(select(CHANNELS, flip=["HeadYaw"]), bones=True)) != 0


@pytest.mark.parametrize("presets", ["none", "vrm0", "vrm1"])
def test_a_frame_has_one_apply_at_its_very_end_in_bundles_that_fit(presets: vrm.Presets) -> None:
    avatar = Avatar(presets=presets, bones=True)
    found = sent(avatar, face({}))
    assert [i for i, event in enumerate(found) if isinstance(event, Apply)] == [len(found) - 1]
    assert all(len(datagram) < vmc.BUNDLE_BYTES for datagram in avatar.encode(face({}), 0.0))


@given(arrays.arrays(np.float32, 61, elements=st.floats(width=32)))
def test_whatever_the_values_are_what_is_sent_is_finite_and_clamped(values: Floats) -> None:
    found = blends(Avatar(presets="vrm1", bones=True), values)
    assert set(SHAPES) < set(found) and all(0 <= weight <= 1 for weight in found.values())
