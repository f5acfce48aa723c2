import base64
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import gltf, head, recording
from protocols.arkit import CHANNELS, INDEX, SHAPES, Floats, face
from protocols.errors import DecodeError
from protocols.recording import Recording

TIMES = np.arange(3) / 60
VALUES: Floats = np.stack(
    [face({}), face({"JawLeft": 0.25, "JawRight": 0.5, "HeadYaw": 0.5}), face({"MouthLeft": 1, "RightEyePitch": -0.5})]
)


def document(data: bytes) -> dict[str, Any]:
    length = struct.unpack_from("<I", data, 12)[0]
    return dict(json.loads(data[20 : 20 + length]))


def changed(**fields: Any) -> bytes:
    """A .gltf with some of its fields replaced."""
    return json.dumps(json.loads(gltf.encode_json(TIMES, VALUES)) | fields).encode()


def edited(kind: str, number: int, **fields: Any) -> bytes:
    """A .gltf with one of its objects changed."""
    items = json.loads(gltf.encode_json(TIMES, VALUES))[kind]
    items[number] |= fields
    return changed(**{kind: items})


def test_a_binary_file_is_a_header_and_two_chunks_on_four_bytes() -> None:
    data = gltf.encode_binary(TIMES, VALUES)
    assert data[:8] == b"glTF\x02\0\0\0" and struct.unpack_from("<I", data, 8)[0] == len(data)
    text, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and text % 4 == 0
    length, kind = struct.unpack_from("<I4s", data, 20 + text)
    assert kind == b"BIN\0" and length % 4 == 0 and 28 + text + length == len(data)
    assert document(data)["buffers"] == [{"byteLength": length}]


def test_the_mesh_has_the_52_shapes_by_name_and_the_animation_four_channels() -> None:
    told = document(gltf.encode_binary(TIMES, VALUES, "guard"))
    mesh = told["meshes"][0]
    names = mesh["extras"]["targetNames"]
    assert names[:2] == ["eyeBlinkLeft", "eyeLookDownLeft"] and names[15:17] == ["jawLeft", "jawRight"]
    assert len(names) == len(mesh["weights"]) == len(mesh["primitives"][0]["targets"]) == 52
    channels = told["animations"][0]["channels"]
    targets = [(told["nodes"][c["target"]["node"]]["name"], c["target"]["path"]) for c in channels]
    assert targets == [("Head", "weights"), ("Head", "rotation"), ("LeftEye", "rotation"), ("RightEye", "rotation")]
    assert told["scenes"][0]["name"] == "guard"


def test_a_text_file_holds_the_same_data() -> None:
    told = json.loads(gltf.encode_json(TIMES, VALUES))
    binary = gltf.encode_binary(TIMES, VALUES)
    data = base64.b64decode(told["buffers"][0].pop("uri").partition(",")[2])
    assert binary.endswith(data) and told == document(binary)


@pytest.mark.parametrize(
    ("channel", "way"),
    [
        ("HeadYaw", (0, 1, 0)), ("HeadPitch", (-1, 0, 0)), ("HeadRoll", (0, 0, 1)),
        ("LeftEyeYaw", (0, -1, 0)), ("LeftEyePitch", (1, 0, 0)), ("LeftEyeRoll", (0, 0, -1)),
        ("RightEyeYaw", (0, -1, 0)), ("RightEyePitch", (1, 0, 0)),
    ],
)  # fmt: skip
def test_each_rotation_turns_about_its_axis_of_gltf(channel: str, way: tuple[int, int, int]) -> None:
    """x to the character's left, y up, z ahead: a head that yaws to its left takes z to x."""
    data = gltf.encode_binary(TIMES[:1], face({channel: 0.6})[None])
    told = document(data)
    node = ["Head", "LeftEye", "RightEye"].index(channel.removesuffix("Yaw").removesuffix("Pitch").removesuffix("Roll"))
    accessor = told["accessors"][told["animations"][0]["samplers"][1 + node]["output"]]
    start = len(data) - told["buffers"][0]["byteLength"] + told["bufferViews"][accessor["bufferView"]]["byteOffset"]
    turned = struct.unpack_from("<4f", data, start)
    assert turned == pytest.approx((*(np.sin(0.3) * np.array(way)), np.cos(0.3)), abs=1e-6)


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 4), st.just(61)), elements=st.floats(0, 1, width=32)),
       st.floats(-1, 1), st.sampled_from([24.0, 30.0, 60_000 / 1001, 60.0]), st.booleans())  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_decoding_what_was_encoded_gives_the_take_back(values: Floats, sign: float, fps: float, binary: bool) -> None:
    values[:, len(SHAPES) :] *= np.float32(sign)
    take = recording.take(values, fps)
    again = gltf.decode((gltf.encode_binary if binary else gltf.encode_json)(take.times, values))
    assert np.array_equal(again.values[:, : len(SHAPES)], values[:, : len(SHAPES)])
    assert again.values == pytest.approx(values, abs=2e-6)  # rotations pass through quaternions
    assert again.times == pytest.approx(take.times, abs=1e-12)
    if len(values) > 1:
        assert again.fps == pytest.approx(fps) and again.timecodes == take.timecodes


def test_an_hour_keeps_its_times_apart_and_a_row_that_shares_one_gives_way() -> None:
    times = np.array([0.0, 1 / 60, 1 / 60, 3600 - 1 / 60, 3600])
    values = np.zeros((5, 61), np.float32)
    values[:, INDEX["JawOpen"]] = np.linspace(0, 1, 5)
    again = gltf.decode(gltf.encode_binary(times, values))
    assert again.times == pytest.approx(times[[0, 2, 3, 4]], abs=1e-9)
    assert again.values[:, INDEX["JawOpen"]].tolist() == [0, 0.5, 0.75, 1]


def test_targets_of_another_head_are_found_by_name() -> None:
    told = json.loads(gltf.encode_json(TIMES, VALUES))
    names = told["meshes"][0]["extras"]["targetNames"]
    swapped = [*names[:15], "JAWRIGHT", "jawleft", *names[17:]]
    values = gltf.decode(edited("meshes", 0, extras={"targetNames": swapped})).values
    assert (values[1, INDEX["JawLeft"]], values[1, INDEX["JawRight"]]) == (0.5, 0.25)


def test_values_out_of_bounds_are_clamped_on_the_way_out() -> None:
    values = np.full((1, 61), 7, np.float32)
    assert gltf.decode(gltf.encode_binary(TIMES[:1], values)).values == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"glTF", "file is 4 bytes, expected at least 12"),
        (b"glTF\x01\0\0\0\x0c\0\0\0", "version 1 and 12 bytes, expected 2 and 12"),
        (b"glTF\x02\0\0\0\x0d\0\0\0", "version 2 and 13 bytes, expected 2 and 12"),
        (b"glTF\x02\0\0\0\x0e\0\0\0ab", "chunk at byte 12 has no header"),
        (b"glTF\x02\0\0\0\x14\0\0\0\xff\xff\xff\xffJSON", "chunk is 4294967295 bytes, expected at most 0"),
        (b"glTF\x02\0\0\0\x14\0\0\0\0\0\0\0BIN\0", "no JSON chunk"),
        (b"{", "not JSON"),
        (b'{"buffers": []}', "0 buffers"),
        (changed(animations=[]), "no animation of morph targets"),
        (changed(animations=7), "animations is 7"),
        (changed(animations=[{"channels": [{}]}]), "target is missing"),
        (changed(buffers=[{"byteLength": 4, "uri": "other.bin"}]), "expected data within the file"),
        (changed(buffers=[{"byteLength": 4, "uri": "data:;base64,%%"}]), "not base64"),
        (changed(buffers=[{"byteLength": 4, "uri": "data:;base64,AAAA"}]), "ends at byte"),
        (changed(accessors=[]), "number of accessors"),
        (changed(bufferViews=[{"buffer": 1}] * 200), "another buffer"),
        (edited("meshes", 0, extras={"targetNames": list(SHAPES[1:])}), "no animation of morph targets"),
        (edited("meshes", 0, extras=3), "no animation of morph targets"),
        (edited("meshes", 0, extras={"targetNames": [*SHAPES, "More"]}), "weights are 156 values, expected 53"),
    ],
)
def test_a_bad_file_says_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as error:
        gltf.decode(data)
    assert message in str(error.value)


def test_times_that_do_not_rise_values_that_are_not_finite_and_curves_are_refused() -> None:
    told = json.loads(gltf.encode_json(TIMES, VALUES))
    animation = told["animations"][0]
    backward = animation | {"samplers": [sampler | {"input": sampler["output"]} for sampler in animation["samplers"]]}
    with pytest.raises(DecodeError, match="do not rise"):
        gltf.decode(changed(animations=[backward]))
    curved = animation | {"samplers": [s | {"interpolation": "CUBICSPLINE"} for s in animation["samplers"]]}
    with pytest.raises(DecodeError, match="'CUBICSPLINE', expected 'LINEAR'"):
        gltf.decode(changed(animations=[curved]))
    data = bytearray(gltf.encode_binary(TIMES, VALUES))
    data[-4:] = struct.pack("<f", np.nan)
    with pytest.raises(DecodeError, match="not finite"):
        gltf.decode(bytes(data))


@given(st.integers(0, 40_000), st.binary(min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_bytes_raise_nothing_but_a_decode_error(at: int, junk: bytes) -> None:
    data = gltf.encode_binary(TIMES, VALUES)
    for broken in (junk, data[:at], data[:at] + junk + data[at + len(junk) :]):
        try:
            take = gltf.decode(broken)
        except DecodeError:
            continue
        assert isinstance(take, Recording) and take.values.shape[1] == len(CHANNELS)


def test_every_shape_moves_its_own_side_of_the_mask_and_differs_from_all_others() -> None:
    mesh = head.face()
    moved = np.abs(mesh.targets).sum(axis=2)
    assert mesh.targets.shape[0] == len(SHAPES) and (moved.max(axis=1) > 0.0005).all()
    assert len({target.tobytes() for target in mesh.targets}) == len(SHAPES)
    for i, name in enumerate(SHAPES):
        if name.startswith(("Jaw", "MouthLeft", "MouthRight")) or not name.endswith(("Left", "Right")):
            continue
        weighed = float((moved[i] * mesh.positions[:, 0]).sum())
        assert (weighed > 0) == name.endswith("Left"), name  # x is the character's own left


def test_lids_meet_in_a_blink_and_lips_part_under_the_jaw() -> None:
    mesh = head.face()
    blink = mesh.targets[INDEX["EyeBlinkLeft"]]
    eye = np.abs(mesh.positions[:, 0] - head.EYE[0] / 1000) < 1e-4
    gap = np.abs(np.diff(np.sort(mesh.positions[eye, 1])))
    closed = np.abs(np.diff(np.sort((mesh.positions + blink)[eye, 1])))
    assert closed.min() < 0.0005 < gap.min()
    jaw = mesh.positions + mesh.targets[INDEX["JawOpen"]]
    lips = np.abs(mesh.positions[:, 0]) < 1e-6
    assert np.diff(np.sort(jaw[lips, 1])).max() > 0.015


@pytest.mark.parametrize("mesh", [head.face(), head.eye()])
def test_normals_are_unit_and_look_ahead_or_outward(mesh: head.Mesh) -> None:
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1, abs=1e-6)
    outward = mesh.positions if not len(mesh.targets) else np.array([0, 0, 1])
    assert ((mesh.normals * outward).sum(axis=1) > 0).mean() > 0.98
    assert max(part.max() for part in mesh.parts) == len(mesh.positions) - 1
