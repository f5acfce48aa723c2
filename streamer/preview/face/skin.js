// The skin: head, ears, forehead, cheeks and chin, with their light, folds and wrinkles.
import { area, blob, crease, loop, wrinkle } from "./brush.js";
import { BLUSH, DEEP, EAR, GLOW, SHADE, SKIN, SKIN_DARK, SKIN_LIGHT } from "./colours.js";
import { profile } from "./nose.js";
import { jawAside, SIDES } from "./skull.js";

/** The near ear shows its shell when the head turns; the far one hides. */
export function ears(pen, { place, yaw }) {
  for (const [side] of SIDES) {
    if (side * yaw > 0.2) continue;
    const point = (out, y) => place(side * (0.86 + 0.09 * out), y, 0.02 - 0.15 * out);
    const rim = [[0, -0.2], [0.7, -0.3], [1.3, -0.22], [1.25, 0], [0.8, 0.2], [0.25, 0.32], [-0.1, 0.25], [0, -0.2]];
    area(pen, EAR, rim.map(([out, y]) => point(out, y)));
    crease(pen, DEEP, 0.5, 0.03, [[0.2, -0.16], [0.75, -0.2], [0.95, -0.08], [0.6, 0.1], [0.3, 0.2]].map(([out, y]) => point(out, y)));
  }
}

/** Paints the head and leaves the pen clipped to it. */
export function head(pen, face) {
  const { at } = face, [x, y] = at(-0.25, -0.25);
  const light = pen.createRadialGradient(x, y, 0.15, x, y, 1.5);
  [[0, SKIN_LIGHT], [0.5, SKIN], [1, SKIN_DARK]].forEach(([share, colour]) => light.addColorStop(share, colour));
  loop(pen, face.edge());
  pen.fillStyle = light;
  pen.fill();
  pen.strokeStyle = `rgba(${DEEP},.55)`;
  pen.lineWidth = 0.012;
  pen.stroke();
  if (Math.abs(face.yaw) > 0.6) addNose(pen, face);
  pen.clip();
  blob(pen, at(0.72, 0.5), 0.3, 0.6, SHADE, 0.28);
  for (const [side, own] of SIDES) cheek(pen, face, side, own);
  freckles(pen, face);
  chin(pen, face);
  forehead(pen, face);
}

/** The nose stands out over the far cheek: it joins the path of the head, round the same way. */
function addNose(pen, face) {
  const edge = [...profile(face), face.at(0, 0.24, 0), face.at(0, -0.36, 0)];
  if (face.yaw < 0) edge.reverse();
  pen.moveTo(...edge[0]);
  for (const point of edge.slice(1)) pen.lineTo(...point);
  pen.closePath();
  pen.fill();
}

function cheek(pen, face, side, own) {
  const { at, shape } = face, squint = shape("CheekSquint" + own), smile = shape("MouthSmile" + own), sneer = shape("NoseSneer" + own), puff = shape("CheekPuff");
  const up = Math.min(squint + 0.6 * smile, 1), apple = at(side * 0.53, 0.27 - 0.08 * up);
  blob(pen, at(side * 0.4, -0.12), 0.36, 0.26, SHADE, 0.26);
  blob(pen, at(side * 0.55, 0.24 - 0.05 * up), 0.34, 0.26, BLUSH, 0.4 + 0.25 * up + 0.2 * puff);
  blob(pen, [apple[0] - 0.03, apple[1] - 0.05], 0.18, 0.13, GLOW, 0.25 + 0.5 * up + 0.4 * puff);
  blob(pen, at(side * 0.56, 0.6), 0.3, 0.16, SHADE, 0.55 * puff);
  wrinkle(pen, face, side, 0.4 * squint, 0.034, [[0.2, 0.1], [0.36, 0.17 - 0.03 * squint], [0.53, 0.15 - 0.04 * squint], [0.66, 0.06]]);
  for (const k of [0, 1, 2]) wrinkle(pen, face, side, 0.45 * squint - 0.08, 0.022, [[0.68, -0.05 + 0.05 * k], [0.8, -0.1 + 0.09 * k]]);
  const fold = Math.max(smile, 0.8 * sneer, 0.75 * shape("MouthUpperUp" + own), 0.5 * squint), far = 0.05 * smile;
  wrinkle(pen, face, side, 0.42 * fold, 0.034, [[0.2, 0.2 - 0.03 * sneer], [0.33, 0.28 - 0.01 * smile], [0.43 + far, 0.385 - 0.02 * smile], [0.46 + far, 0.5 - 0.06 * smile]]);
}

const FRECKLES = [[0.22, 0.06], [0.3, 0.13], [0.38, 0.08], [0.45, 0.17], [0.33, 0.2], [0.52, 0.1], [0.27, 0.16], [0.41, 0.23], [0.12, 0.02], [0.56, 0.19]];

function freckles(pen, { at }) {
  pen.beginPath();
  FRECKLES.forEach(([x, y], i) => {
    for (const [side] of SIDES) {
      const [a, b] = at(side * x + 0.012 * (i % 3), y + 0.01 * side);
      pen.moveTo(a, b);
      pen.arc(a, b, 0.008 + 0.003 * (i % 2), 0, 7);
    }
  });
  pen.fillStyle = `rgba(${SHADE},.42)`;
  pen.fill();
}

function chin(pen, face) {
  const { at, shape } = face, open = shape("JawOpen"), shrug = shape("MouthShrugLower"), forward = shape("JawForward"), aside = jawAside(shape), y = 0.8 + 0.28 * open - 0.03 * shrug;
  blob(pen, at(aside, y - 0.08), 0.26, 0.08, SHADE, 0.4 + 0.5 * forward + 0.3 * shrug);
  blob(pen, at(aside - 0.03, y + 0.06), 0.2, 0.12, GLOW, 0.4 + 0.6 * forward);
  wrinkle(pen, face, 1, 0.6 * forward, 0.04, [[-0.2, -0.04], [0, -0.11], [0.2, -0.04]], { x: aside, y });
  if (shrug < 0.1) return;
  for (const [x, high] of [[-0.11, 0], [0.11, 0], [0, 0.045], [-0.06, 0.085], [0.06, 0.085]]) blob(pen, at(aside + x, y + high), 0.06, 0.045, DEEP, 0.5 * shrug);
}

function forehead(pen, face) {
  const { shape } = face, inner = shape("BrowInnerUp");
  for (const k of [0, 1]) wrinkle(pen, face, 1, 0.45 * inner - 0.08 * k, 0.026, [[-0.3, 0.03], [-0.14, -0.005], [0, 0.01], [0.14, -0.005], [0.3, 0.03]], { y: -0.66 - 0.075 * k - 0.02 * inner });
  for (const [side, own] of SIDES) {
    const outer = shape("BrowOuterUp" + own), down = shape("BrowDown" + own);
    for (const k of [0, 1]) wrinkle(pen, face, side, 0.4 * outer - 0.08 * k, 0.024, [[0.34, 0.02], [0.5, -0.02], [0.66, 0.03]], { y: -0.71 - 0.06 * k });
    wrinkle(pen, face, side, 0.6 * down, 0.03, [[0.05, -0.47], [0.075, -0.38], [0.06, -0.27]]);
  }
}
