// The solid under the face: rings from the crown to the chin, bent by jaw and cheeks, turned as the head turns.
import { mix, step } from "./brush.js";

// y, half width, depth, where its middle stands in depth, and how far round the skin goes from the front (degrees).
const RINGS = [
  [-1.2, 0.34, 0.38, -0.2, 0], [-1.02, 0.66, 0.66, -0.14, 0], [-0.84, 0.8, 0.79, -0.07, 4], [-0.76, 0.84, 0.83, -0.05, 44],
  [-0.6, 0.87, 0.85, -0.04, 63], [-0.4, 0.885, 0.85, -0.03, 72], [-0.15, 0.88, 0.83, -0.04, 77], [0.1, 0.86, 0.78, 0, 80],
  [0.3, 0.8, 0.72, 0.05, 86], [0.48, 0.715, 0.64, 0.11, 93], [0.64, 0.6, 0.54, 0.19, 97], [0.78, 0.46, 0.42, 0.28, 100],
  [0.9, 0.31, 0.29, 0.38, 100], [0.985, 0.17, 0.17, 0.48, 100], [1.0, 0.06, 0.06, 0.54, 100],
];
const TILTS = [-6, 8, 22, 38, 50, 60, 70, 80, 90].map((degrees) => (degrees * Math.PI) / 180); // from the cheek down to the chin
export const SIDES = [[1, "Left"], [-1, "Right"]]; // the character's left is on our right

const HIDDEN = 0.8; // radians of yaw from which the nose hides the far eye

/** The sides whose eye and brow are seen. */
export const seen = ({ yaw }) => SIDES.filter(([side]) => side * yaw < HIDDEN);

const PIVOT = [0, 0.48, -0.22], DISTANCE = 7;

/** How a point of the head comes to the picture, for a head so turned: radians, as protocols/arkit.py has them. */
export function turned(yaw, pitch, roll) {
  const [cy, sy, cp, sp, cr, sr] = [yaw, pitch, roll].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
  return (x, y, z) => {
    const across = x * cy + (z - PIVOT[2]) * sy, deep = (z - PIVOT[2]) * cy - x * sy, high = y - PIVOT[1];
    const near = DISTANCE / (DISTANCE - deep * cp - high * sp), [a, b] = [across * near, (high * cp - deep * sp) * near];
    return [a * cr + b * sr, PIVOT[1] + b * cr - a * sr];
  };
}

/** The rings of this face: an open jaw lowers the lower ones, puffed cheeks broaden the middle. */
function bent(shape) {
  const open = shape("JawOpen"), forward = shape("JawForward"), aside = jawAside(shape), puff = shape("CheekPuff");
  return RINGS.map(([y, width, depth, middle, round]) => {
    const jaw = step(0.3, 0.8, y), cheek = Math.exp(-(((y - 0.4) / 0.24) ** 2));
    return {
      y: y + jaw * (0.3 * open + 0.05 * forward - 0.02 * shape("MouthShrugLower")), x: aside * jaw,
      width: width * (1 + 0.1 * forward * jaw - 0.05 * open * jaw) + 0.13 * puff * cheek,
      depth: depth + 0.06 * puff * cheek, middle: middle + jaw * (0.16 * forward - 0.05 * open), round: (round * Math.PI) / 180,
    };
  });
}

export const jawAside = (shape) => 0.13 * (shape("JawLeft") - shape("JawRight"));

/** The surface of a face: `at` puts a point on it (lifted by so much), `edge` goes round its visible skin. */
export function skull(shape, yaw, pitch, place) {
  const rings = bent(shape).map((ring) => ({ ...ring, left: reach(ring, yaw), right: reach(ring, -yaw) }));
  const at = (x, y, lift = 0) => {
    const ring = between(rings, y), share = Math.min(Math.max((x - ring.x) / ring.width, -ring.right), ring.left);
    return place(ring.x + share * ring.width, y, ring.middle + ring.depth * (1 - Math.abs(share) ** FLAT) ** (1 / FLAT) + lift);
  };
  const point = (ring, around) => { const [x, z] = round(ring, around); return place(x, ring.y, z); };
  const side = (sign) => {
    const upper = rings.slice(2, 7).map((ring) => point(ring, visible(ring, yaw, sign * ring.round)));
    const lower = TILTS.map((tilt) => farthest(rings.slice(7), facing(yaw, pitch, sign * Math.cos(tilt), Math.sin(tilt))));
    return [...upper, ...lower.map(([ring, around]) => point(ring, around))];
  };
  return { at, edge: () => [...side(1), ...side(-1).reverse()] };
}

/** The outline of a solid of rings, however it is turned. */
export function silhouette(rings, yaw, pitch, place) {
  return Array.from({ length: 30 }, (_, k) => {
    const tilt = (k * Math.PI) / 15, [ring, around] = farthest(rings, facing(yaw, pitch, Math.cos(tilt), Math.sin(tilt)));
    const [x, z] = round(ring, around);
    return place(x, ring.y, z);
  });
}

/** A direction on the picture as a direction in the head. */
function facing(yaw, pitch, a, b) {
  const [cy, sy, sp] = [Math.cos(yaw), Math.sin(yaw), Math.sin(pitch)];
  return [a * cy + b * sy * sp, b * Math.cos(pitch), a * sy - b * cy * sp];
}

/** The ring and the angle round it that stick out most in a direction. */
function farthest(rings, [nx, ny, nz]) {
  let best = null, most = -Infinity;
  for (const ring of rings) {
    const open = Math.atan2(bow(ring.width * nx), bow(ring.depth * nz)), around = Math.min(Math.max(open, -ring.round), ring.round);
    const [x, z] = round(ring, around), out = x * nx + ring.y * ny + z * nz;
    if (out > most) [best, most] = [[ring, around], out];
  }
  return best;
}

const FLAT = 2.5; // a ring is a superellipse: flatter in front and at the sides than a circle
const bow = (value) => Math.sign(value) * Math.abs(value) ** (FLAT / (FLAT - 1) / 2);

/** The point of a ring at an angle from the front. */
function round({ x, width, depth, middle }, around) {
  const [a, b] = [Math.sin(around), Math.cos(around)];
  return [x + width * Math.sign(a) * Math.abs(a) ** (2 / FLAT), middle + depth * Math.sign(b) * Math.abs(b) ** (2 / FLAT)];
}

/** An angle round a ring, or where the ring turns away from us before it. */
function visible({ width, depth }, yaw, around) {
  const far = Math.atan2(bow(width * Math.cos(yaw)), bow(depth * Math.sin(yaw)));
  return Math.min(Math.max(around, far - Math.PI), far);
}

/** How far across a ring can be seen on the own left, as a share of its half width. */
function reach({ width, depth }, yaw) {
  if (yaw <= 0) return 1;
  const [a, b] = [width * Math.cos(yaw), depth * Math.sin(yaw)].map((part) => part ** (FLAT / (FLAT - 1)));
  return (a / (a + b)) ** (1 / FLAT);
}

function between(rings, y) {
  let i = 1;
  while (i < rings.length - 1 && rings[i].y < y) i++;
  const [a, b] = [rings[i - 1], rings[i]], share = Math.min(Math.max((y - a.y) / (b.y - a.y), 0), 1);
  return { x: mix(a.x, b.x, share), left: mix(a.left, b.left, share), right: mix(a.right, b.right, share), width: mix(a.width, b.width, share), depth: mix(a.depth, b.depth, share), middle: mix(a.middle, b.middle, share) };
}
