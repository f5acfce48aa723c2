// Eyes: balls that turn, lids that close over them, and the skin around.
import { area, blob, crease, line, mix, taper, wrinkle } from "./brush.js";
import { CARUNCLE, DEEP, IRIS, IRIS_DARK, IRIS_LIGHT, LASH, LID, PUPIL, WHITE, WHITE_SHADE } from "./colours.js";
import { seen } from "./skull.js";

const GAZE = 0.6; // radians of an eye at a weight of 1, as protocols/arkit.py has it
const STEPS = [0, 0.12, 0.26, 0.42, 0.58, 0.74, 0.88, 1];
const MIDDLE = [0.395, -0.11], BALL = 0.27, RADIUS = 0.143;

const strongest = (a, b) => (Math.abs(a) >= Math.abs(b) ? a : b);

export function eyes(pen, face) {
  for (const [side, own] of seen(face)) eye(pen, face, side, own);
}

function eye(pen, face, side, own) {
  const { shape, angle } = face;
  // The shapes say where an eye looks, and the rotation says it again or alone (yaw + to the own right, pitch + down).
  const across = strongest(side * GAZE * (shape("EyeLookOut" + own) - shape("EyeLookIn" + own)), -angle(own + "EyeYaw"));
  const below = strongest(GAZE * (shape("EyeLookDown" + own) - shape("EyeLookUp" + own)), angle(own + "EyePitch"));
  const { top, low, blink } = lids(face, side, own, below / GAZE);
  pen.save();
  area(pen, WHITE, top, [...low].reverse());
  pen.clip();
  ball(pen, face, side, { across, below, roll: angle(own + "EyeRoll"), wide: shape("EyeWide" + own) });
  line(pen, `rgba(${WHITE_SHADE},.42)`, 0.11, top.map(([x, y]) => [x, y + 0.01]));
  pen.restore();
  around(pen, face, side, own, { top, low, blink });
}

/** The edges of both lids, from the inner to the outer corner; they meet, and never cross. */
function lids({ at, shape }, side, own, below) {
  const blink = shape("EyeBlink" + own), squint = shape("EyeSquint" + own), wide = shape("EyeWide" + own), cheek = shape("CheekSquint" + own);
  const frown = shape("BrowDown" + own), grief = shape("BrowInnerUp");
  const height = 0.18 + 0.11 * wide - 0.045 * squint - 0.05 * Math.max(below, 0) + 0.035 * Math.max(-below, 0);
  const depth = 0.13 - 0.11 * squint - 0.06 * cheek + 0.02 * wide + 0.03 * Math.max(below, 0) - 0.015 * Math.max(-below, 0);
  const rows = STEPS.map((share) => {
    const corner = mix(-0.055, -0.125, share), arch = Math.sin(Math.PI * share ** 0.9) ** 0.85, bag = Math.sin(Math.PI * share ** 1.1);
    const up = corner - arch * height + 0.05 * frown * arch * (1 - share) - 0.045 * grief * arch * (1 - 2 * share);
    const down = corner + bag * depth, shut = corner + bag * Math.min(depth, 0.1);
    const high = Math.min(mix(up, shut, blink), shut);
    return [side * mix(0.165, 0.635, share), high, Math.max(mix(down, shut, blink), high)];
  });
  return { blink, top: rows.map(([x, y]) => at(x, y, 0.02)), low: rows.map(([x, , y]) => at(x, y, 0.02)) };
}

function ball(pen, { at }, side, { across, below, roll, wide }) {
  const [a, b] = [side * MIDDLE[0] + BALL * Math.sin(across), MIDDLE[1] + BALL * Math.sin(below)], [x, y] = at(a, b, 0.02);
  const [right, under] = [at(a + 0.1, b, 0.02), at(a, b + 0.1, 0.02)].map(([c, d]) => [(c - x) / 0.1, (d - y) / 0.1]);
  area(pen, CARUNCLE, [at(side * 0.15, -0.09), at(side * 0.205, -0.06), at(side * 0.15, -0.02)]);
  blob(pen, at(side * 0.64, -0.1), 0.14, 0.2, WHITE_SHADE, 0.35);
  pen.save();
  pen.transform(right[0], right[1], under[0], under[1], x, y); // it lies aslant where the face does
  pen.rotate(Math.atan2(below, across)); // a disc seen aslant is narrow along the way it looks
  pen.scale(Math.cos(Math.min(Math.hypot(across, below), 1)), 1);
  pen.rotate(-Math.atan2(below, across) - roll);
  iris(pen, 0.076 + 0.006 * wide);
  pen.restore();
  disc(pen, "rgba(255,255,255,.95)", x - 0.055, y - 0.06, 0.036);
  disc(pen, "rgba(255,255,255,.55)", x + 0.05, y + 0.055, 0.018);
}

function disc(pen, style, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fillStyle = style;
  pen.fill();
}

/** Its fibres are not the same all round, so that a roll is seen. */
function iris(pen, pupil) {
  const glow = pen.createRadialGradient(0, 0.05, 0.02, 0, 0, RADIUS);
  [[0, IRIS_LIGHT], [0.55, IRIS], [0.88, IRIS_DARK], [1, "#0b2a30"]].forEach(([share, colour]) => glow.addColorStop(share, colour));
  disc(pen, glow, 0, 0, RADIUS);
  pen.beginPath();
  for (let k = 0; k < 14; k++) {
    const turn = k * 0.449 + 0.12 * Math.sin(k * 2.4), reach = RADIUS * (0.72 + 0.16 * Math.sin(k * 1.7));
    pen.moveTo(pupil * Math.cos(turn), pupil * Math.sin(turn));
    pen.lineTo(reach * Math.cos(turn), reach * Math.sin(turn));
  }
  pen.strokeStyle = "rgba(205,245,225,.4)";
  pen.lineWidth = 0.011;
  pen.stroke();
  pen.beginPath();
  for (let k = 0; k < 5; k++) {
    const turn = 0.35 + k * 0.22, reach = RADIUS * (0.8 - 0.08 * (k % 2));
    pen.moveTo(pupil * Math.cos(turn), pupil * Math.sin(turn));
    pen.lineTo(reach * Math.cos(turn), reach * Math.sin(turn));
  }
  pen.strokeStyle = "rgba(226,176,84,.75)"; // a fleck of amber
  pen.lineWidth = 0.016;
  pen.stroke();
  disc(pen, PUPIL, 0, 0, pupil);
}

function around(pen, face, side, own, { top, low, blink }) {
  const { at, shape } = face, squint = shape("EyeSquint" + own), wide = shape("EyeWide" + own);
  const fold = STEPS.map((share, i) => {
    const [x, y] = at(side * mix(0.17, 0.66, share), mix(-0.09, -0.16, share) - Math.sin(Math.PI * share ** 0.9) ** 0.75 * (0.2 + 0.07 * wide - 0.03 * squint));
    return [x, Math.min(y, top[i][1] - 0.02 * Math.sin(Math.PI * share))];
  });
  area(pen, `rgba(${LID},${0.45 + 0.25 * blink})`, fold, [...top].reverse());
  crease(pen, DEEP, 0.75, 0.022, fold.slice(1));
  crease(pen, DEEP, 0.5 + 0.3 * squint, 0.018 + 0.012 * squint, low.slice(1));
  wrinkle(pen, face, side, 0.5 * squint, 0.03, [[0.2, 0.05], [0.36, 0.11], [0.52, 0.09], [0.64, 0.01]]);
  lashes(pen, side, { top, blink });
}

function lashes(pen, side, { top, blink }) {
  const [x, y] = top.at(-1), wing = [x + side * 0.055, y - 0.045 + 0.075 * blink];
  taper(pen, LASH, [...top, wing], (share) => 0.012 + 0.046 * Math.sin(Math.PI * Math.min(share * 0.72, 1)) * (share > 0.95 ? 0.1 : 1));
  for (const [i, length] of [[6, 0.06]]) {
    const [a, b] = top[i];
    taper(pen, LASH, [[a, b], [a + side * length * 0.5, b + length * mix(-0.75, 0.35, blink)], [a + side * length, b + length * mix(-1.2, 0.6, blink)]], (share) => 0.024 * (1 - share));
  }
}
