// Draws a head that the user brought, from the front, with its shapes moved by the channels.

import { times } from "./glb.js";

const ROOM = 1.5; // around what the shapes move
const VERTEX = `#version 300 es
in vec3 position; in vec3 normal; in vec2 uv;
uniform mat4 place; uniform vec3 middle; uniform float reach; uniform vec2 stretch;
out vec3 facing; out vec3 spot; out vec2 at;
void main() {
  vec4 here = place * vec4(position, 1.0);
  facing = mat3(place) * normal; spot = here.xyz; at = uv;
  vec3 seen = (here.xyz - middle) / reach;
  gl_Position = vec4(seen.xy * stretch, -seen.z * 0.05, 1.0);
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec3 facing; in vec3 spot; in vec2 at;
uniform vec4 colour; uniform sampler2D skin; uniform bool isPainted, isShaped;
out vec4 shown;
void main() {
  vec3 up = normalize(isShaped ? facing : cross(dFdx(spot), dFdy(spot)));
  float light = 0.38 + 0.5 * max(dot(up, normalize(vec3(0.35, 0.5, 0.8))), 0.0) + 0.18 * max(dot(up, normalize(vec3(-0.8, 0.1, 0.4))), 0.0);
  vec4 base = isPainted ? texture(skin, at) * colour : vec4(pow(colour.rgb, vec3(1.0 / 2.2)), colour.a);
  if (base.a < 0.3) discard;
  shown = vec4(base.rgb * light, 1.0);
}`;

/** A painter for the page's faces: (context, width, height, get). Rejects where the browser has no WebGL. */
export async function painterOf(parts) {
  const canvas = document.createElement("canvas"), gl = canvas.getContext("webgl2", { antialias: true, premultipliedAlpha: false });
  if (!gl) throw new Error("the model is not shown: this browser has no WebGL 2");
  const program = linked(gl), frame = framing(parts);
  const ready = await Promise.all(parts.map((part) => loaded(gl, program, part)));
  gl.enable(gl.DEPTH_TEST);
  return (context, width, height, get) => {
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.useProgram(program);
    gl.uniform3fv(gl.getUniformLocation(program, "middle"), frame.middle);
    gl.uniform1f(gl.getUniformLocation(program, "reach"), frame.reach);
    gl.uniform2f(gl.getUniformLocation(program, "stretch"), Math.min(height / width, 1), Math.min(width / height, 1));
    const head = turn(frame.pivot, get("HeadYaw"), -get("HeadPitch"), get("HeadRoll"));
    for (const part of ready) show(gl, program, part, head, get);
    context.clearRect(0, 0, width, height);
    context.drawImage(canvas, 0, 0);
  };
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`the model is not shown: ${gl.getProgramInfoLog(program)}`);
  return program;
}

/** The part on the graphics card; of what moves only the positions are sent again. */
async function loaded(gl, program, part) {
  const array = gl.createVertexArray(), moving = gl.createBuffer();
  gl.bindVertexArray(array);
  attach(gl, program, "position", 3, part.positions, moving, gl.DYNAMIC_DRAW);
  if (part.normals) attach(gl, program, "normal", 3, part.normals);
  if (part.uvs) attach(gl, program, "uv", 2, part.uvs);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, part.indices, gl.STATIC_DRAW);
  gl.bindVertexArray(null);
  const targets = part.targets.map(([channel, deltas]) => [channel, sparse(deltas)]);
  return { ...part, array, moving, targets, moved: part.positions.slice(), skin: await painted(gl, part.image) };
}

function attach(gl, program, name, width, values, buffer = gl.createBuffer(), use = gl.STATIC_DRAW) {
  const place = gl.getAttribLocation(program, name);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, values, use);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, width, gl.FLOAT, false, 0, 0);
}

/** A picture that cannot be read leaves the part in its plain colour. */
async function painted(gl, image) {
  if (!image) return null;
  try {
    const bitmap = await createImageBitmap(image), texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.generateMipmap(gl.TEXTURE_2D);
    return texture;
  } catch {
    return null;
  }
}

/** The numbers of a shape that are not 0, and where they stand. */
function sparse(deltas) {
  const places = Uint32Array.from(deltas.keys()).filter((i) => Math.abs(deltas[i]) > 1e-6);
  return [places, Float32Array.from(places, (i) => deltas[i])];
}

function show(gl, program, part, head, get) {
  const at = (name) => gl.getUniformLocation(program, name);
  const own = part.eye ? times(part.matrix, turn([0, 0, 0], -get(`${part.eye}EyeYaw`), get(`${part.eye}EyePitch`), 0)) : part.matrix;
  if (part.targets.length) {
    part.moved.set(part.positions);
    for (const [channel, [places, deltas]] of part.targets) {
      const weight = get(channel);
      if (weight) for (let i = 0; i < places.length; i++) part.moved[places[i]] += weight * deltas[i];
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, part.moving);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, part.moved);
  }
  gl.uniformMatrix4fv(at("place"), false, times(head, own));
  gl.uniform4fv(at("colour"), part.colour);
  gl.uniform1i(at("isPainted"), part.skin && part.uvs ? 1 : 0);
  gl.uniform1i(at("isShaped"), part.normals ? 1 : 0);
  gl.bindTexture(gl.TEXTURE_2D, part.skin);
  gl.bindVertexArray(part.array);
  gl.drawElements(gl.TRIANGLES, part.indices.length, gl.UNSIGNED_INT, 0);
  gl.bindVertexArray(null);
}

/** Where the face is: the box around all that its shapes move. */
function framing(parts) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (const { positions, targets, matrix } of parts) {
    for (const [, deltas] of targets) {
      for (let i = 0; i < positions.length; i += 3) {
        if (Math.hypot(deltas[i], deltas[i + 1], deltas[i + 2]) < 1e-6) continue;
        for (const row of [0, 1, 2]) {
          const value = matrix[row] * positions[i] + matrix[4 + row] * positions[i + 1] + matrix[8 + row] * positions[i + 2] + matrix[12 + row];
          [low[row], high[row]] = [Math.min(low[row], value), Math.max(high[row], value)];
        }
      }
    }
  }
  const reach = (Math.max(...[0, 1, 2].map((row) => high[row] - low[row])) / 2) * ROOM;
  if (!(reach > 0 && Number.isFinite(reach))) throw new Error("the model is not shown: its shapes move nothing");
  const middle = [0, 1, 2].map((row) => (low[row] + high[row]) / 2);
  return { middle, reach, pivot: [middle[0], low[1], middle[2] - reach / 2] };
}

/** A turn about a point: by yaw about y, then pitch about x, then roll about z. */
function turn([x, y, z], yaw, pitch, roll) {
  const about = (angle, i, k) => {
    const matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    matrix[i * 5] = matrix[k * 5] = Math.cos(angle);
    matrix[i * 4 + k] = Math.sin(angle);
    matrix[k * 4 + i] = -Math.sin(angle);
    return matrix;
  };
  const moved = (a, b, c) => [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, a, b, c, 1];
  const turned = times(about(yaw, 2, 0), times(about(pitch, 1, 2), about(roll, 0, 1)));
  return times(moved(x, y, z), times(turned, moved(-x, -y, -z)));
}
