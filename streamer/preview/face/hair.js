// Hair in two parts: a bob behind the face, and a fringe swept over the forehead from its parting.
import { area, loop, mix, taper } from "./brush.js";
import { HAIR, HAIR_DARK, HAIR_LIGHT, SHADE, STRAND } from "./colours.js";
import { silhouette } from "./skull.js";

// The bob from crown to ends: y, half width, depth, middle in depth.
const BOB = [[-1.42, 0.05, 0.05, -0.16], [-1.38, 0.4, 0.38, -0.16], [-1.26, 0.66, 0.65, -0.16], [-1.04, 0.87, 0.86, -0.14], [-0.74, 1.0, 0.97, -0.14], [-0.36, 1.07, 1.0, -0.16],
  [0.04, 1.1, 0.97, -0.2], [0.4, 1.085, 0.89, -0.26], [0.64, 1.02, 0.8, -0.31], [0.82, 0.88, 0.69, -0.35], [0.92, 0.66, 0.52, -0.36]];
const SHELL = BOB.slice(1).flatMap((row, i) => [0, 1].map((k) => {
  const [y, width, depth, middle] = row.map((_, j) => between([BOB[Math.max(i - 1, 0)], BOB[i], row, BOB[Math.min(i + 2, BOB.length - 1)]].map((ring) => ring[j]), k / 2));
  return { x: 0, y, width, depth, middle, round: Math.PI };
}));
const EDGE = [[-0.83, 0.14], [-0.862, -0.14], [-0.84, -0.36], [-0.75, -0.53], [-0.56, -0.65], [-0.28, -0.73], [0.02, -0.81], [0.3, -0.97], [0.46, -0.84], [0.66, -0.7], [0.8, -0.52], [0.852, -0.32], [0.866, -0.12], [0.835, 0.1]];
const CROWN = [[0.93, -0.2], [0.93, -0.55], [0.82, -0.85], [0.5, -1.08], [0.1, -1.14], [-0.4, -1.1], [-0.82, -0.85], [-0.93, -0.55], [-0.93, -0.2]];
const LOCKS = [ // that break the edge of the fringe: from, by way of, to, how broad
  [[0.28, -1.02], [-0.1, -0.76], [-0.5, -0.63], 0.1], [[0.2, -1.0], [-0.6, -0.82], [-0.835, -0.3], 0.16], [[0.34, -1.02], [0.6, -0.86], [0.8, -0.47], 0.11],
  [[-0.78, -0.6], [-0.89, -0.3], [-0.862, 0.24], 0.11], [[0.8, -0.6], [0.9, -0.3], [0.866, 0.2], 0.11],
];
const STRANDS = [ // that shine: from, by way of, to, how bright
  [[0.29, -1.0], [-0.2, -1.0], [-0.74, -0.64], 0.55], [[0.3, -1.04], [-0.25, -1.1], [-0.84, -0.7], 0.4], [[0.27, -0.97], [-0.12, -0.86], [-0.46, -0.71], 0.4],
  [[0.33, -1.02], [0.62, -0.93], [0.84, -0.54], 0.45], [[0.33, -1.06], [0.7, -1.05], [0.92, -0.5], 0.3],
];

/** The bob, behind the face; returns what hair is painted with. */
export function backHair(pen, { place, yaw, pitch }) {
  const sheen = pen.createLinearGradient(...place(-0.5, -1.2, 0), ...place(0.25, 0.5, 0));
  [[0, HAIR], [0.2, HAIR_LIGHT], [0.5, HAIR], [1, HAIR_DARK]].forEach(([share, colour]) => sheen.addColorStop(share, colour));
  loop(pen, silhouette(SHELL, yaw, pitch, place));
  pen.fillStyle = sheen;
  pen.fill();
  return sheen;
}

/** The fringe and the locks before the ears, over the face. */
export function frontHair(pen, { at, yaw }, sheen) {
  const edge = EDGE.map(([x, y]) => at(x, y, 0.04 * (1 - x * x)));
  taper(pen, `rgba(${SHADE},.3)`, edge.map(([x, y]) => [x, y + 0.02]), (share) => 0.1 * Math.sin(Math.PI * share));
  area(pen, sheen, edge, CROWN.map(([x, y]) => at(x, y, 0.08 * (1 - x * x))));
  for (const [from, bend, to, broad] of LOCKS) {
    if (to[0] * yaw > 0.45) continue; // it hangs on the far side
    taper(pen, sheen, arc(from, bend, to).map(([x, y]) => at(x, y, 0.05)), (share) => broad * Math.sin(Math.PI * (0.25 + 0.75 * share)));
  }
  for (const [from, bend, to, strength] of STRANDS) {
    taper(pen, `rgba(${STRAND},${strength})`, arc(from, bend, to).map(([x, y]) => at(x, y, 0.09)), (share) => 0.034 * Math.sin(Math.PI * share));
  }
}

function arc(from, bend, to) {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => [0, 1].map((k) => mix(mix(from[k], bend[k], share), mix(bend[k], to[k], share), share)));
}

/** A smooth curve from b to c, where a came before and d comes after. */
function between([a, b, c, d], share) {
  return 0.5 * (2 * b + (c - a) * share + (2 * a - 5 * b + 4 * c - d) * share ** 2 + (3 * b - a - 3 * c + d) * share ** 3);
}
