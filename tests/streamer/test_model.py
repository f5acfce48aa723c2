"""A head that the user brings to the preview page, as GLB."""

import base64
import json
import struct
from typing import Any

import numpy as np
import pytest

from protocols import gltf
from protocols.arkit import CHANNELS
from tests.browser import Page, program
from tests.page import watch

pytestmark = [pytest.mark.long, pytest.mark.skipif(program() is None, reason="chromium is not installed")]

HEAD = gltf.encode_binary(np.zeros(1), np.zeros((1, len(CHANNELS)), np.float32))
DROP = """(data, name) => { const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  document.getElementById("note").hidden = true;
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true })); }"""
CHANGED = """(values) => { const shots = [{}, values].map((given) => {
    const pen = new OffscreenCanvas(240, 280).getContext("2d");
    facecuePreview.faces.paint(pen, 240, 280, (name) => given[name] ?? 0);
    return pen.getImageData(0, 0, 240, 280).data; });
  const found = { all: 0, upper: 0, right: 0, lit: 0 };
  for (let i = 0; i < shots[0].length; i += 4) {
    found.lit += shots[0][i + 3] > 0;
    if (![0, 1, 2, 3].some((k) => Math.abs(shots[0][i + k] - shots[1][i + k]) > 12)) continue;
    found.all++;
    found.upper += i / 960 < 140;
    found.right += (i / 4) % 240 >= 120;
  }
  return found; }"""


async def drop(page: Page, data: bytes, name: str = "head.glb") -> str:
    """Drops a file; what the page says of it."""
    await page.until("facecuePreview.face.names.length")
    await page.run(f"({DROP})({json.dumps(base64.b64encode(data).decode())}, {name!r})")
    await page.until("!document.getElementById('note').hidden")
    return str(await page.run("document.getElementById('note').textContent"))


def glb(document: dict[str, Any], binary: bytes = b"") -> bytes:
    text = json.dumps({"asset": {"version": "2.0"}} | document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks


def triangle(**changes: Any) -> bytes:
    """One triangle with a sparse shape, spelled as some tools spell it."""
    places = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    binary = places + struct.pack("<HH", 2, 0) + struct.pack("<3f", 0, 0.5, 0)
    document: dict[str, Any] = {
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "targets": [{"POSITION": 1}]}],
                    "extras": {"targetNames": ["Face.M_F00.eyeBlink_L"]}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"componentType": 5126, "count": 3, "type": "VEC3", "sparse": {
                "count": 1, "indices": {"bufferView": 1, "componentType": 5123}, "values": {"bufferView": 2}}},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 4},
                        {"buffer": 0, "byteOffset": 40, "byteLength": 12}],
    }  # fmt: skip
    return glb(document | changes, binary)


def test_a_head_with_arkit_shapes_is_shown_and_moves_with_the_channels() -> None:
    async def scene(page: Page) -> None:
        assert await drop(page, HEAD) == "head.glb is shown, with 52 of 52 shapes; a reload brings ours back"
        jaw = await page.run(f"({CHANGED})({{JawOpen: 0.8}})")
        assert jaw["lit"] > 8000 and jaw["all"] > 150 and jaw["upper"] < jaw["all"] / 4
        blink = await page.run(f"({CHANGED})({{EyeBlinkLeft: 1}})")
        assert blink["right"] > 10 and blink["right"] > 0.8 * blink["all"]  # the own left is on our right
        for name in ("HeadYaw", "HeadPitch", "HeadRoll"):
            assert (await page.run(f"({CHANGED})({{{name}: 0.4}})"))["all"] > 1000
        await page.run("document.querySelectorAll('#examples button')[0].click()")
        await page.until("facecuePreview.characters.get('Mira').values.some((v) => v > 0.4)")

    watch(scene)


def test_shapes_are_found_as_tools_spell_and_store_them() -> None:
    async def scene(page: Page) -> None:
        message = await drop(page, triangle())
        assert message == "the model is not shown: its shapes move nothing"  # one point has no size
        wide = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
        document = {
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "targets": [{"POSITION": 0}]}],
                        "extras": {"targetNames": ["blendShape1.eyeBlink_L"]}}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
            "bufferViews": [{"buffer": 0, "byteLength": 36}],
        }  # fmt: skip
        assert (await drop(page, glb(document, wide))).startswith("head.glb is shown, with 1 of 52 shapes;")
        assert (await page.run(f"({CHANGED})({{EyeBlinkLeft: 1}})"))["all"] > 100

    watch(scene)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HEAD[:2000], "it ends before its data does"),
        (HEAD[:16], "it is no GLB file"),
        (b"glTF" + struct.pack("<II", 1, 20) + bytes(20), "it is glTF 1, expected 2"),
        (glb({"nodes": []}), "it has no morph targets with ARKit names, such as jawOpen"),
        (triangle(nodes=[{"mesh": 7}]), "it names a mesh 7 that is not there"),
        (triangle(nodes=[{"children": [0]}]), "its nodes lie in each other without end"),
        (triangle(bufferViews=[{"buffer": 0, "byteLength": 8}] * 3), "it ends before its data does"),
        (triangle(bufferViews=[{"buffer": 1, "byteLength": 36}] * 3), "it keeps data in other files"),
        (
            triangle(accessors=[{"bufferView": 0, "componentType": 5126, "count": 1e9, "type": "VEC3"}] * 2),
            "its accessor 0 counts 1000000000",
        ),
    ],
)
def test_a_file_that_is_no_such_head_is_told_and_our_face_stays(data: bytes, reason: str) -> None:
    async def scene(page: Page) -> None:
        assert await drop(page, data) == f"head.glb is not shown: {reason}"
        assert (await page.run(f"({CHANGED})({{JawOpen: 1}})"))["all"] > 100

    watch(scene)
