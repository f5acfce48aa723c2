// What the example asks of three.js, and a head with two meshes; window.head shows them to the test.

class Thing {
  position = { set() {} };
  add() {}
}

export class Scene extends Thing {}
export class HemisphereLight extends Thing {}
export class PerspectiveCamera extends Thing {}

export class WebGLRenderer {
  domElement = document.createElement("canvas");
  setSize() {}
  render() {}
  setAnimationLoop(callback) {
    callback();
  }
}

const mesh = (names) => ({
  morphTargetDictionary: Object.fromEntries(names.map((name, i) => [name, i])),
  morphTargetInfluences: names.map(() => 0),
});

export class GLTFLoader {
  async loadAsync() {
    window.head = [mesh(["blendShape1.jawOpen", "blendShape1.other", "browDownLeft"]), mesh(["JawOpen"])];
    return { scene: { traverse: (visit) => [{}, ...window.head].forEach(visit) } };
  }
}
