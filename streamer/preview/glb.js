// Reads a head from a binary glTF file (GLB or VRM): meshes with their morph targets, placed as the file's nodes place
// them, in their rest pose. What is read is checked against the file's length; errors are for people to read.

const MAGIC = 0x46546c67, JSON_CHUNK = 0x4e4f534a, BIN_CHUNK = 0x004e4942;
const MAX_VERTICES = 2_000_000; // of all meshes: more than any head for games has
const MAX_NODES = 20_000; // of a scene, each as often as it is named
const COMPONENTS = { 5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
const WIDTHS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };
const FULL = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535, 5125: 1, 5126: 1 }; // what stands for 1 where normalized
const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** The parts of a head: { positions, normals, uvs, indices, colour, image, targets: [[channel, deltas]], eye, matrix }. */
export function headOf(name, buffer, channels) {
  try {
    const file = open(buffer), parts = partsOf(file, spellings(channels));
    if (!parts.some((part) => part.targets.length)) throw new Error("it has no morph targets with ARKit names, such as jawOpen");
    return parts;
  } catch (error) {
    throw new Error(`${name} is not shown: ${error instanceof RangeError ? "it ends before its data does" : error.message}`);
  }
}

export const isGlb = (buffer) => buffer.byteLength >= 4 && new DataView(buffer).getUint32(0, true) === MAGIC;

/** Every way that tools spell a channel: jawOpen, JawOpen, eyeBlink_L, blendShape.eyeBlinkLeft. */
export function plain(name) {
  const last = String(name).split(/[.:]/).at(-1);
  return last.replace(/[_\s-]l$/i, "Left").replace(/[_\s-]r$/i, "Right").replace(/[^a-z]/gi, "").toLowerCase();
}

function spellings(channels) {
  return new Map(channels.map((channel) => [channel.toLowerCase(), channel]));
}

function open(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 20 || !isGlb(buffer)) throw new Error("it is no GLB file");
  if (view.getUint32(4, true) !== 2) throw new Error(`it is glTF ${view.getUint32(4, true)}, expected 2`);
  const file = { json: null, bin: new Uint8Array(0) };
  for (let at = 12; at + 8 <= buffer.byteLength;) {
    const [length, kind] = [view.getUint32(at, true), view.getUint32(at + 4, true)], bytes = new Uint8Array(buffer, at + 8, length);
    if (kind === JSON_CHUNK) file.json = parsed(bytes);
    if (kind === BIN_CHUNK) file.bin = bytes;
    at += 8 + length;
  }
  if (typeof file.json !== "object" || file.json === null) throw new Error("it has no description of a scene");
  return file;
}

function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error("its description is not JSON");
  }
}

function partsOf(file, names) {
  const { nodes = [], scenes = [], scene = 0 } = file.json, parts = [];
  if (nodes.length > MAX_NODES) throw new Error(`it has ${nodes.length} nodes, expected at most ${MAX_NODES}`);
  const facing = file.json.extensions?.VRM ? turnedBack() : IDENTITY; // VRM 0 looks the other way
  const queue = (scenes[scene]?.nodes ?? [...nodes.keys()]).map((index) => [index, facing]);
  let vertices = 0, seen = 0;
  while (queue.length) {
    if (++seen > MAX_NODES) throw new Error("its nodes lie in each other without end");
    const [index, parent] = queue.pop(), node = item(nodes, index, "node");
    const matrix = times(parent, local(node));
    for (const child of node.children ?? []) queue.push([child, matrix]);
    if (node.mesh === undefined) continue;
    const mesh = item(file.json.meshes ?? [], node.mesh, "mesh"), eye = eyeOf(node.name);
    for (const primitive of mesh.primitives ?? []) {
      if ((primitive.mode ?? 4) !== 4 || primitive.attributes?.POSITION === undefined) continue;
      const part = partOf(file, mesh, primitive, names);
      vertices += part.positions.length / 3;
      if (vertices > MAX_VERTICES) throw new Error(`it has more than ${MAX_VERTICES} vertices`);
      parts.push({ ...part, eye, matrix: node.skin === undefined ? matrix : facing });
    }
  }
  return parts;
}

function partOf(file, mesh, primitive, names) {
  const { POSITION, NORMAL, TEXCOORD_0 } = primitive.attributes, positions = floats(file, POSITION, "VEC3");
  const count = positions.length / 3, spelled = mesh.extras?.targetNames ?? primitive.extras?.targetNames ?? [];
  const targets = (primitive.targets ?? []).flatMap((target, i) => {
    const channel = names.get(plain(spelled[i] ?? ""));
    if (!channel || target.POSITION === undefined) return [];
    const deltas = floats(file, target.POSITION, "VEC3");
    if (deltas.length !== positions.length) throw new Error(`its shape ${channel} has another number of vertices than its mesh`);
    return [[channel, deltas]];
  });
  const indices = primitive.indices === undefined ? Uint32Array.from({ length: count }, (_, i) => i)
    : Uint32Array.from(floats(file, primitive.indices, "SCALAR"));
  if (indices.some((index) => index >= count)) throw new Error("its triangles name vertices that are not there");
  return { positions, indices, targets, normals: same(file, NORMAL, "VEC3", count), uvs: same(file, TEXCOORD_0, "VEC2", count),
    ...surface(file, primitive.material) };
}

/** An attribute that a mesh may lack. */
function same(file, index, type, count) {
  const values = index === undefined ? null : floats(file, index, type);
  return values?.length === count * WIDTHS[type] ? values : null;
}

function surface(file, index) {
  const pbr = file.json.materials?.[index]?.pbrMetallicRoughness ?? {}, texture = file.json.textures?.[pbr.baseColorTexture?.index];
  const picture = file.json.images?.[texture?.source];
  const given = Array.isArray(pbr.baseColorFactor) ? pbr.baseColorFactor.map(Number) : [];
  return {
    colour: given.length === 4 ? given : [0.85, 0.8, 0.77, 1],
    image: picture?.bufferView === undefined ? null : new Blob([stretch(file, picture.bufferView)], { type: picture.mimeType }),
  };
}

/** An accessor's numbers, with what it writes sparsely over them. */
function floats(file, index, type) {
  const accessor = item(file.json.accessors ?? [], index, "accessor"), { count, sparse } = accessor, width = WIDTHS[type];
  if (accessor.type !== type) throw new Error(`its accessor ${index} is ${accessor.type}, expected ${type}`);
  if (!(Number.isInteger(count) && count > 0 && count <= MAX_VERTICES * 6)) throw new Error(`its accessor ${index} counts ${count}`);
  const values = accessor.bufferView === undefined ? new Float64Array(count * width) : numbers(file, accessor, count, width);
  if (sparse) {
    const places = numbers(file, sparse.indices, sparse.count, 1), over = numbers(file, { ...sparse.values,
      componentType: accessor.componentType, normalized: accessor.normalized }, sparse.count, width);
    places.forEach((place, i) => { if (place < count) values.set(over.subarray(i * width, (i + 1) * width), place * width); });
  }
  return type === "SCALAR" ? values : Float32Array.from(values);
}

function numbers(file, { bufferView, byteOffset = 0, componentType, normalized }, count, width) {
  const Kind = COMPONENTS[componentType];
  if (!Kind) throw new Error(`it has numbers of an unknown kind ${componentType}`);
  const bytes = stretch(file, bufferView), size = Kind.BYTES_PER_ELEMENT;
  const stride = file.json.bufferViews[bufferView].byteStride ?? width * size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), read = `get${Kind.name.replace("Array", "")}`;
  const full = normalized ? FULL[componentType] : 1, values = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) values[i * width + k] = view[read](byteOffset + i * stride + k * size, true) / full;
  }
  return values;
}

function stretch(file, index) {
  const { buffer = 0, byteOffset = 0, byteLength } = item(file.json.bufferViews ?? [], index, "view");
  if (buffer !== 0) throw new Error("it keeps data in other files");
  return new Uint8Array(file.bin.buffer, file.bin.byteOffset + byteOffset, Math.min(byteLength, file.bin.byteLength - byteOffset));
}

function item(list, index, what) {
  if (typeof list?.[index] !== "object" || list[index] === null) throw new Error(`it names a ${what} ${index} that is not there`);
  return list[index];
}

function eyeOf(name) {
  return { lefteye: "Left", eyeleft: "Left", righteye: "Right", eyeright: "Right" }[plain(name ?? "")] ?? null;
}

const turnedBack = () => [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1];

/** A node's own matrix, column by column. */
function local({ matrix, translation: [x, y, z] = [0, 0, 0], rotation: [a, b, c, d] = [0, 0, 0, 1], scale: [u, v, w] = [1, 1, 1] }) {
  if (Array.isArray(matrix) && matrix.length === 16) return matrix;
  return [
    (1 - 2 * (b * b + c * c)) * u, 2 * (a * b + c * d) * u, 2 * (a * c - b * d) * u, 0,
    2 * (a * b - c * d) * v, (1 - 2 * (a * a + c * c)) * v, 2 * (b * c + a * d) * v, 0,
    2 * (a * c + b * d) * w, 2 * (b * c - a * d) * w, (1 - 2 * (a * a + b * b)) * w, 0,
    x, y, z, 1,
  ];
}

export function times(a, b) {
  const product = new Array(16).fill(0);
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) for (let k = 0; k < 4; k++) product[column * 4 + row] += a[k * 4 + row] * b[column * 4 + k];
  }
  return product;
}
