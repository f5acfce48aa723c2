"""What others make of our glTF: the Khronos validator, three.js and pygltflib."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protocols import gltf, recording
from protocols.arkit import INDEX, SHAPES, Floats
from protocols.timecodes import RATES

pytestmark = pytest.mark.long

PACKAGES = ("gltf-validator@2.0.0-dev.3.10", "three@0.170.0")
VALIDATE = """
const validator = require("gltf-validator"), fs = require("fs");
const files = process.argv.slice(2).map(name => validator.validateBytes(new Uint8Array(fs.readFileSync(name))));
Promise.all(files).then(reports => console.log(JSON.stringify(reports.map(report => report.issues))));
"""
SAMPLE = """
globalThis.self = globalThis;
globalThis.ProgressEvent = class {};
const fs = require("fs");
(async () => {
  const THREE = await import("three");
  const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");
  const data = fs.readFileSync(process.argv[2]);
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  new GLTFLoader().parse(buffer, "", gltf => {
    const mixer = new THREE.AnimationMixer(gltf.scene);
    mixer.clipAction(gltf.animations[0]).play();
    const head = gltf.scene.getObjectByName("Head"), bones = ["Head", "LeftEye", "RightEye"];
    let mesh;
    head.traverse(object => { if (object.morphTargetDictionary && !mesh) mesh = object; });
    console.log(JSON.stringify(process.argv.slice(3).map(time => {
      mixer.setTime(Number(time));
      const weights = mesh.morphTargetInfluences;
      const shapes = Object.entries(mesh.morphTargetDictionary).map(([name, i]) => [name, weights[i]]);
      const turns = bones.map(name => gltf.scene.getObjectByName(name).quaternion.toArray());
      return [Object.fromEntries(shapes), turns];
    })));
  }, error => { console.error(error); process.exit(1); });
})();
"""


@pytest.fixture(scope="module")
def node(pytestconfig: pytest.Config) -> Path:
    """A folder in which node finds the packages; they are fetched once and kept with pytest's cache."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm, which run the glTF validator and three.js, are missing")
    folder = Path(pytestconfig.cache.mkdir("npm-gltf"))
    if all((folder / "node_modules" / package.partition("@")[0] / "package.json").exists() for package in PACKAGES):
        return folder
    (folder / "package.json").write_text("{}")
    fetched = subprocess.run(
        ["npm", "install", "--silent", *PACKAGES], cwd=folder, capture_output=True, text=True, timeout=300
    )
    if fetched.returncode:
        pytest.skip(f"npm cannot install {' and '.join(PACKAGES)}: {fetched.stderr[-200:]}")
    return folder


def run(node: Path, script: str, *arguments: str) -> Any:
    (node / "script.cjs").write_text(script)
    done = subprocess.run(["node", "script.cjs", *arguments], cwd=node, capture_output=True, text=True, timeout=120)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def motion(frames: int) -> Floats:
    """Faces on which every channel moves in its own way."""
    seeded = np.random.default_rng(7)
    values = seeded.uniform(0, 1, (frames, 61)).astype(np.float32)
    values[:, len(SHAPES) :] = values[:, len(SHAPES) :] * 2 - 1
    return values


def test_the_khronos_validator_finds_no_fault_at_any_rate_and_length(node: Path, tmp_path: Path) -> None:
    names = []
    for fps in (60.0, RATES["59.94"], 30.0, 24.0):
        for frames in (1, 2, 300):
            times, values = np.arange(frames) / fps, motion(frames)
            for suffix, encode in (("glb", gltf.encode_binary), ("gltf", gltf.encode_json)):
                names.append(tmp_path / f"{fps:g}-{frames}.{suffix}")
                names[-1].write_bytes(encode(times, values, "Wächter"))
    clean = {"numErrors": 0, "numWarnings": 0, "numInfos": 0, "numHints": 0, "messages": [], "truncated": False}
    assert run(node, VALIDATE, *map(str, names)) == [clean] * len(names)


def test_three_js_plays_the_same_weights_and_turns(node: Path, tmp_path: Path) -> None:
    take = recording.take(motion(30), 24)
    (tmp_path / "take.glb").write_bytes(gltf.encode_binary(take.times, take.values))
    rows = [0, 1, 7, 28]
    played = run(node, SAMPLE, str(tmp_path / "take.glb"), *(str(np.float32(take.times[row])) for row in rows))
    for row, (shapes, turns) in zip(rows, played, strict=True):
        face = take.values[row]
        for name in SHAPES:
            assert shapes[name[0].lower() + name[1:]] == pytest.approx(face[INDEX[name]], abs=1e-5), name
        seen = gltf.angles(np.array(turns, np.float32)) * [gltf.SIGNS[bone] for bone in gltf.SIGNS]
        assert seen.reshape(-1) == pytest.approx(face[len(SHAPES) :], abs=1e-5)


def test_pygltflib_reads_every_value_of_every_row(tmp_path: Path) -> None:
    pygltflib = pytest.importorskip("pygltflib", reason="pygltflib, a published reader of glTF, is missing")
    take = recording.take(motion(120), RATES["59.94"])
    (tmp_path / "take.glb").write_bytes(gltf.encode_binary(take.times, take.values))
    read = pygltflib.GLTF2().load(str(tmp_path / "take.glb"))

    def floats(number: int) -> Floats:
        accessor = read.accessors[number]
        view = read.bufferViews[accessor.bufferView]
        width = {"SCALAR": 1, "VEC4": 4}[accessor.type]
        return np.frombuffer(read.binary_blob(), "<f4", accessor.count * width, view.byteOffset).astype(np.float32)

    animation = read.animations[0]
    assert read.nodes[animation.channels[0].target.node].mesh == 0 and animation.channels[0].target.path == "weights"
    times, weights = (floats(number) for number in (animation.samplers[0].input, animation.samplers[0].output))
    names = read.meshes[0].extras["targetNames"]
    assert np.abs(times - np.arange(120) * 1001 / 60_000).max() <= 1e-6
    for i, name in enumerate(names):
        ours = take.values[:, INDEX[name[0].upper() + name[1:]]]
        assert np.abs(weights.reshape(120, 52)[:, i] - ours).max() <= 1e-6
    assert len(names) == 52 and floats(animation.samplers[1].output).reshape(-1, 4).shape == (120, 4)
