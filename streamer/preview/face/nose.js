// The nose: a bridge, a round tip, and wings that a sneer lifts.
import { blob, crease, wrinkle } from "./brush.js";
import { DEEP, GLOW, SHADE } from "./colours.js";
import { SIDES } from "./skull.js";

const BRIDGE = [[0.17, -0.36, 0.02], [0.08, -0.22, 0.035], [0.06, -0.08, 0.075], [0.06, 0.05, 0.135], [0.075, 0.13, 0.19], [0.06, 0.2, 0.19], [0.02, 0.245, 0.15]];

const lifted = (shape) => 0.015 * (shape("NoseSneerLeft") + shape("NoseSneerRight"));

/** The far edge of the nose, from the brow down: beyond the cheek when the head turns. */
export function profile({ at, shape, yaw }) {
  const far = yaw >= 0 ? 1 : -1, lift = lifted(shape);
  return BRIDGE.map(([x, y, z], i) => at(far * x, y - (i > 3 ? lift : 0), z));
}

export function nose(pen, face) {
  const { at, shape, yaw } = face, lift = lifted(shape), tip = at(0, 0.17 - lift, 0.2), turn = Math.min(Math.abs(yaw) * 1.6, 1);
  blob(pen, at(0.12, 0.02, 0.05), 0.12, 0.26, SHADE, 0.5);
  blob(pen, at(0, 0.26, 0.06), 0.2, 0.09, SHADE, 0.55);
  blob(pen, at(-0.01, -0.06, 0.1), 0.05, 0.24, GLOW, 0.7);
  crease(pen, DEEP, 0.7 * turn, 0.022, profile(face).slice(1, 6));
  for (const [side, own] of SIDES) wing(pen, face, side, shape("NoseSneer" + own));
  blob(pen, tip, 0.13, 0.11, GLOW, 0.5);
  blob(pen, [tip[0] - 0.03, tip[1] - 0.03], 0.045, 0.04, "255,255,255", 0.7);
  crease(pen, DEEP, 0.45, 0.02, [at(-0.055, 0.245 - lift, 0.17), at(0, 0.26 - lift, 0.18), at(0.055, 0.245 - lift, 0.17)]);
}

function wing(pen, face, side, sneer) {
  const { at } = face, up = 0.06 * sneer, out = 0.02 * sneer;
  blob(pen, at(side * (0.125 + out), 0.17 - up, 0.08), 0.065, 0.07, GLOW, 0.25 + 0.3 * sneer);
  wrinkle(pen, face, side, 0.9, 0.036, [[0.045, 0.245 - up * 0.5], [0.085, 0.222 - up], [0.125, 0.24 - up]], { lift: 0.13 });
  wrinkle(pen, face, side, 0.6 + 0.35 * sneer, 0.024 + 0.014 * sneer, [[0.135, 0.245 - up], [0.175 + out, 0.2 - up], [0.165 + out, 0.12 - up], [0.14, 0.085 - up]], { lift: 0.06 });
  for (const k of [0, 1]) {
    wrinkle(pen, face, side, 0.5 * sneer, 0.024, [[0.03, -0.21 + 0.07 * k], [0.09, -0.2 + 0.075 * k], [0.15, -0.15 + 0.085 * k]], { lift: 0.07 });
  }
}
