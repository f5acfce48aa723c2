"""glTF 2.0 animations: a take as the morph weights and node rotations of a small head, for engines and three.js.

The mesh names its 52 targets in extras.targetNames, as three.js, Blender and engines read them: camelCase. The nodes
Head, LeftEye and RightEye turn in glTF's axes: right-handed, x to the character's left, y up, z ahead, where a
positive turn about y looks left, about x looks down and about z tilts to the right shoulder.
"""

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from protocols import fields, head, timecodes
from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, SHAPES, Floats
from protocols.errors import DecodeError
from protocols.fields import Fields
from protocols.recording import MAX_BYTES, MAX_ROWS, Recording
from protocols.timecodes import Count, Seconds

MAX_TARGETS: Final = 4_096  # of a mesh that is read; heads have a few hundred
MAX_OBJECTS: Final = 65_536  # of one kind in a file that is read; a whole scene has a few thousand
TARGETS: Final = tuple(name[0].lower() + name[1:] for name in SHAPES)
# Ours: yaw + left, pitch + up, roll + right of the head; yaw + right, pitch + down of the eyes.
SIGNS: Final[Mapping[str, tuple[int, int, int]]] = {"Head": (1, -1, 1), "LeftEye": (-1, 1, -1), "RightEye": (-1, 1, -1)}

_MAGIC, _VERSION = b"glTF", 2
_HEADER: Final = struct.Struct("<4sII")
_CHUNK: Final = struct.Struct("<I4s")
_DATA_URI: Final = "data:application/octet-stream;base64,"
_FLOAT, _SHORT = 5126, 5123  # types of components
_ARRAYS, _ELEMENTS = 34962, 34963  # targets of buffer views
_WIDTHS: Final = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
_COLOURS: Final = {"skin": (0.80, 0.58, 0.47, 1.0), "white": (0.94, 0.93, 0.91, 1.0), "iris": (0.13, 0.22, 0.30, 1.0)}


def encode_binary(times: Seconds, values: Floats, name: str = "Facecue") -> bytes:
    """The .glb file of faces (R, 61) at their seconds (R,); of rows at one time the last counts."""
    document, data = _build(times, values, name)
    text = _padded(json.dumps(document, separators=(",", ":")).encode(), b" ")
    size = _HEADER.size + 2 * _CHUNK.size + len(text) + len(data)
    return b"".join(
        (_HEADER.pack(_MAGIC, _VERSION, size), _CHUNK.pack(len(text), b"JSON"), text,
         _CHUNK.pack(len(data), b"BIN\0"), data)
    )  # fmt: skip


def encode_json(times: Seconds, values: Floats, name: str = "Facecue") -> bytes:
    """The same as a .gltf file, its data within."""
    document, data = _build(times, values, name)
    document["buffers"][0]["uri"] = _DATA_URI + base64.b64encode(data).decode()
    return json.dumps(document, indent=1).encode()


def quaternions(yaw: Floats, pitch: Floats, roll: Floats) -> Floats:
    """Turns (R,) in radians about y, x and z as quaternions x, y, z, w (R, 4); roll acts first, yaw last."""
    angles = np.stack([pitch, yaw, roll]).astype(np.float64) / 2
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles), np.cos(angles)
    turned = (
        cy * sx * cz + sy * cx * sz,
        sy * cx * cz - cy * sx * sz,
        cy * cx * sz - sy * sx * cz,
        cy * cx * cz + sy * sx * sz,
    )
    return np.stack(turned, axis=1).astype(np.float32)


def angles(rotations: Floats) -> Floats:
    """Yaw, pitch and roll (R, 3) of quaternions (R, 4), each about its axis; the inverse of `quaternions`."""
    x, y, z, w = rotations.astype(np.float64).T
    yaw = np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(2 * (w * x - y * z), -1, 1))
    roll = np.arctan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return np.stack([yaw, pitch, roll], axis=1).astype(np.float32)


@dataclass(slots=True)
class _Buffer:
    """The binary part as it grows, with the views and accessors into it."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)  # Any: JSON
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, array: NDArray[Any], kind: str, target: int | None = None, is_bounded: bool = False
    ) -> int:  # Any: floats or indices
        """Appends an array, little-endian; returns the number of its accessor."""
        flat = array.reshape(-1, _WIDTHS[kind])
        component = _SHORT if array.dtype == np.uint16 else _FLOAT
        raw = flat.astype(flat.dtype.newbyteorder("<")).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)}
        accessor: dict[str, Any] = {
            "bufferView": len(self.views), "componentType": component, "count": len(flat), "type": kind,
        }  # fmt: skip
        if target:
            view["target"] = target
        if is_bounded:
            accessor |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        self.data += _padded(raw, b"\0")
        self.views.append(view)
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _build(times: Seconds, values: Floats, name: str) -> tuple[dict[str, Any], bytes]:  # Any: JSON
    """The document and its binary part."""
    buffer = _Buffer()
    nodes: list[dict[str, Any]] = [
        {"name": name, "children": [1]},
        {"name": "Head", "mesh": 0, "children": [2, 3]},
        {"name": "LeftEye", "mesh": 1, "translation": head.eye_place("Left")},
        {"name": "RightEye", "mesh": 1, "translation": head.eye_place("Right")},
    ]
    document = {
        "asset": {"version": "2.0", "generator": "facecue"},
        "scene": 0,
        "scenes": [{"name": name, "nodes": [0]}],
        "nodes": nodes,
        "meshes": [_face(buffer), _eye(buffer)],
        "materials": [_material(name, colour) for name, colour in _COLOURS.items()],
        "animations": [_animation(buffer, times, values, name)],
        "bufferViews": buffer.views,
        "accessors": buffer.accessors,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    return document, bytes(buffer.data)


def _face(buffer: _Buffer) -> dict[str, Any]:
    mesh = head.face()
    targets = [{"POSITION": buffer.add(target, "VEC3", _ARRAYS, is_bounded=True)} for target in mesh.targets]
    primitives = [primitive | {"targets": targets} for primitive in _primitives(buffer, mesh, 0)]
    return {"name": "Face", "primitives": primitives, "weights": [0] * len(TARGETS),
            "extras": {"targetNames": list(TARGETS)}}  # fmt: skip


def _eye(buffer: _Buffer) -> dict[str, Any]:
    return {"name": "Eye", "primitives": _primitives(buffer, head.eye(), 1)}


def _primitives(buffer: _Buffer, mesh: head.Mesh, material: int) -> list[dict[str, Any]]:
    """The parts of a mesh over the same vertices, in the materials from that number on."""
    attributes = {
        "POSITION": buffer.add(mesh.positions, "VEC3", _ARRAYS, is_bounded=True),
        "NORMAL": buffer.add(mesh.normals, "VEC3", _ARRAYS),
    }
    return [
        {"attributes": attributes, "indices": buffer.add(part, "SCALAR", _ELEMENTS), "material": material + i}
        for i, part in enumerate(mesh.parts)
    ]


def _material(name: str, colour: Sequence[float]) -> dict[str, Any]:
    look = {"baseColorFactor": list(colour), "metallicFactor": 0, "roughnessFactor": 0.7}
    return {"name": name, "pbrMetallicRoughness": look, "doubleSided": name == "skin"}


def _animation(buffer: _Buffer, times: Seconds, values: Floats, name: str) -> dict[str, Any]:
    """Weights and rotations, all at the times of the rows; a sampler's times have to rise."""
    seconds = np.asarray(times, np.float32)
    last = np.append(np.diff(seconds) > 0, True)
    seconds, rows = seconds[last], np.clip(values[last], LOWEST, HIGHEST).astype(np.float32)
    at = buffer.add(seconds, "SCALAR", is_bounded=True)
    outputs = [(1, "weights", buffer.add(rows[:, : len(SHAPES)], "SCALAR"))]
    for node, (bone, signs) in enumerate(SIGNS.items(), 1):
        first = INDEX[f"{bone}Yaw"]
        yaw, pitch, roll = (rows[:, first : first + 3] * np.array(signs, np.float32)).T
        outputs.append((node, "rotation", buffer.add(quaternions(yaw, pitch, roll), "VEC4")))
    return {
        "name": name,
        "samplers": [{"input": at, "interpolation": "LINEAR", "output": output} for *_, output in outputs],
        "channels": [{"sampler": i, "target": {"node": node, "path": path}}
                     for i, (node, path, _) in enumerate(outputs)],
    }  # fmt: skip


def _padded(data: bytes, filler: bytes) -> bytes:
    return data + filler * (-len(data) % 4)


def is_gltf(data: bytes) -> bool:
    """Whether a file begins as a .glb or a .gltf does."""
    return data.startswith(_MAGIC) or data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def decode(data: bytes) -> Recording:
    """The take in the first animation of a face's weights, in a .glb or a .gltf that holds its own data.

    Targets are found by name in any case; rotations are those of the nodes Head, LeftEye and RightEye, 0 where there
    are none. Raises DecodeError.
    """
    if len(data) > MAX_BYTES:
        raise DecodeError(f"file is {len(data)} bytes, expected at most {MAX_BYTES}")
    document, binary = _split(data)
    source = _Source(document, _data(document, binary))
    for animation in _objects(document, "animations"):
        for channel in _objects(animation, "channels"):
            target = fields.table(fields.required(channel, "target"), "target")
            if target.get("path") == "weights":
                names = _target_names(source, target)
                if names:
                    return _take(source, animation, channel, names)
    raise DecodeError("file has no animation of morph targets with the names of the 52 shapes")


@dataclass(frozen=True, slots=True)
class _Source:
    """A document with the data of its one buffer."""

    document: Fields
    data: bytes

    def item(self, kind: str, number: object) -> Fields:
        """One of the document's objects of a kind, by number."""
        items = _objects(self.document, kind)
        return items[fields.integer(number, f"number of {kind}", 0, len(items) - 1)]

    def floats(self, number: object, kind: str) -> Floats:
        """The values (n, width) of an accessor: plain finite floats, close together."""
        accessor = self.item("accessors", number)
        form = (accessor.get("componentType"), accessor.get("type"), "sparse" in accessor)
        if form != (_FLOAT, kind, False):
            raise DecodeError(f"accessor {number} is {form[1]} of {form[0]}, expected {kind} of {_FLOAT}, not sparse")
        view = self.item("bufferViews", accessor.get("bufferView"))
        if view.get("buffer") != 0 or "byteStride" in view:
            raise DecodeError("buffer view is of another buffer or strided, expected one buffer without gaps")
        count = fields.integer(accessor.get("count"), "count", 1, MAX_BYTES)
        first = sum(fields.integer(part.get("byteOffset", 0), "byteOffset", 0, MAX_BYTES) for part in (view, accessor))
        end = first + 4 * count * _WIDTHS[kind]
        if end > len(self.data):
            raise DecodeError(f"accessor {number} ends at byte {end} of {len(self.data)}")
        values = np.frombuffer(self.data, "<f4", count * _WIDTHS[kind], first).astype(np.float32)
        if not np.isfinite(values).all():
            raise DecodeError(f"accessor {number} has values that are not finite")
        return values.reshape(count, _WIDTHS[kind])


def _split(data: bytes) -> tuple[Fields, bytes]:
    """The document and the binary chunk, which a .gltf has not."""
    if not data.startswith(_MAGIC):
        return fields.parse(data, MAX_BYTES), b""
    if len(data) < _HEADER.size:
        raise DecodeError(f"file is {len(data)} bytes, expected at least {_HEADER.size}")
    _, version, size = _HEADER.unpack_from(data)
    if (version, size) != (_VERSION, len(data)):
        raise DecodeError(f"glTF has version {version} and {size} bytes, expected {_VERSION} and {len(data)}")
    chunks: dict[bytes, bytes] = {}
    at = _HEADER.size
    while at < len(data):
        if at + _CHUNK.size > len(data):
            raise DecodeError(f"chunk at byte {at} has no header")
        length, kind = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if at + length > len(data):
            raise DecodeError(f"chunk is {length} bytes, expected at most {len(data) - at}")
        chunks.setdefault(kind, data[at : at + length])
        at += length
    if b"JSON" not in chunks:
        raise DecodeError("glTF has no JSON chunk")
    return fields.parse(chunks[b"JSON"], MAX_BYTES), chunks.get(b"BIN\0", b"")


def _data(document: Fields, binary: bytes) -> bytes:
    """What the one buffer holds."""
    buffers = _objects(document, "buffers")
    if len(buffers) != 1:
        raise DecodeError(f"file has {len(buffers)} buffers, expected 1")
    if "uri" not in buffers[0]:
        return binary
    uri = fields.text(buffers[0]["uri"], "uri", MAX_BYTES)
    kind, comma, encoded = uri.partition(",")
    if not (kind.startswith("data:") and kind.endswith(";base64") and comma):
        raise DecodeError(f"buffer is in {fields.shown(uri)}, expected data within the file")
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise DecodeError(f"buffer is not base64: {error}") from error


def _target_names(source: _Source, target: Fields) -> tuple[str, ...]:
    """The names of the morph targets that a channel moves; none where they are not those of a face."""
    mesh = source.item("meshes", source.item("nodes", target.get("node")).get("mesh"))
    extras = mesh.get("extras")
    names = extras.get("targetNames") if isinstance(extras, dict) else None
    if not isinstance(names, list):
        return ()
    spelled = tuple(str(name).lower() for name in fields.array(names, "targetNames", MAX_TARGETS))
    return spelled if all(name.lower() in spelled for name in SHAPES) else ()


def _take(source: _Source, animation: Fields, channel: Fields, names: tuple[str, ...]) -> Recording:
    times, flat = _sampled(source, animation, channel, "SCALAR")
    if flat.size != len(times) * len(names):
        raise DecodeError(f"weights are {flat.size} values, expected {len(names)} for each of {len(times)} times")
    weights = flat.reshape(len(times), len(names))
    values = np.zeros((len(times), len(CHANNELS)), np.float32)
    values[:, : len(SHAPES)] = weights[:, [names.index(name.lower()) for name in SHAPES]]
    for other in _objects(animation, "channels"):
        target = fields.table(fields.required(other, "target"), "target")
        bone = source.item("nodes", target["node"]).get("name") if "node" in target else None
        if target.get("path") == "rotation" and isinstance(bone, str) and bone in SIGNS:
            first = INDEX[f"{bone}Yaw"]
            values[:, first : first + 3] = _turns(source, animation, other, times) * np.array(SIGNS[bone], np.float32)
    count = Count(timecodes.nearest(times))
    frames = _on_frames(times, count.fps)
    texts = tuple(timecodes.text(int(frame), frame % 1, count) for frame in frames.tolist())
    return Recording((frames - frames[0]) / count.fps, np.clip(values, LOWEST, HIGHEST), texts, count)


def _on_frames(times: Seconds, fps: float) -> Seconds:
    """Times in frames, whole where a 32-bit float of the time says no other."""
    frames = times * fps
    whole = np.round(frames)
    return np.where(np.abs(frames - whole) <= np.spacing(times.astype(np.float32)) * fps, whole, frames)


def _turns(source: _Source, animation: Fields, channel: Fields, times: Seconds) -> Floats:
    """Yaw, pitch and roll (R, 3) of a node at some times."""
    own, rotations = _sampled(source, animation, channel, "VEC4")
    if len(rotations) != len(own):
        raise DecodeError(f"rotations are {len(rotations)}, expected one for each of {len(own)} times")
    turned = angles(rotations / np.maximum(np.linalg.norm(rotations, axis=1, keepdims=True), 1e-6))
    return np.stack([np.interp(times, own, axis) for axis in turned.T], axis=1).astype(np.float32)


def _sampled(source: _Source, animation: Fields, channel: Fields, kind: str) -> tuple[Seconds, Floats]:
    """The times of a channel, which rise, and its values."""
    samplers = _objects(animation, "samplers")
    sampler = samplers[fields.integer(channel.get("sampler"), "sampler", 0, len(samplers) - 1)]
    if sampler.get("interpolation", "LINEAR") != "LINEAR":
        raise DecodeError(f"interpolation is {fields.shown(sampler['interpolation'])}, expected 'LINEAR'")
    times = source.floats(sampler.get("input"), "SCALAR")[:, 0].astype(np.float64)
    if len(times) > MAX_ROWS or (np.diff(times) <= 0).any() or times[0] < 0:
        raise DecodeError(f"times are {len(times)} or do not rise, expected at most {MAX_ROWS} from 0 on")
    return times, source.floats(sampler.get("output"), kind)


def _objects(parent: Fields, name: str) -> list[Fields]:
    """The objects in an array of a document."""
    return [fields.table(item, name) for item in fields.array(parent.get(name, []), name, MAX_OBJECTS)]
