// The mouth: two lips over a jaw, with teeth, a tongue and the dark between them.
import { area, blob, crease, mix, outline, step, wrinkle } from "./brush.js";
import { CAVITY, DEEP, GLOW, LIP_GLOW, LIP_LINE, LIP_LOWER, LIP_UPPER, SHADE, TONGUE, TONGUE_DARK, TOOTH, TOOTH_LOWER } from "./colours.js";
import { jawAside, SIDES } from "./skull.js";

const REST = 0.55; // where the closed lips meet
const STEPS = Array.from({ length: 13 }, (_, i) => i / 6 - 1); // across the mouth, from the own right corner to the left

export function mouth(pen, face, lips) {
  pen.save();
  outline(pen, lips.upper, [...lips.lower].reverse());
  pen.fillStyle = CAVITY;
  pen.fill();
  pen.clip();
  inside(pen, face, lips);
  pen.restore();
  lowerLip(pen, face, lips);
  if (lips.tongue > 0.1) tongueOut(pen, face, lips);
  upperLip(pen, face, lips);
  corners(pen, face, lips);
}

/** The edges of both lips on the picture, and what else hangs on them. */
export function shapeLips({ at, shape }) {
  const pull = pulled(shape), rows = STEPS.map((t) => row(shape, pull, t));
  const edge = (height) => rows.map((one) => at(one.x, height(one), one.lift));
  return {
    ...pull, rows, gap: Math.max(...rows.map((one) => one.bottom - one.top)),
    upper: edge((one) => one.top), lower: edge((one) => one.bottom), rim: edge((one) => one.top - one.upper), brim: edge((one) => one.bottom + one.lower),
  };
}

/** What moves the mouth as a whole: how far it is open, where its middle and its corners stand. */
function pulled(shape) {
  const jaw = shape("JawOpen"), close = shape("MouthClose"), tongue = shape("TongueOut"), funnel = shape("MouthFunnel"), pucker = shape("MouthPucker");
  const open = Math.max(jaw - close, 0.2 * tongue, 0), sealed = Math.max(close - jaw, 0), aside = shape("MouthLeft") - shape("MouthRight");
  const shrug = 0.055 * shape("MouthShrugLower") + 0.085 * shape("MouthShrugUpper");
  const pull = { jaw, open, sealed, tongue, funnel, pucker, aside, shrug, roundness: Math.min(funnel + pucker, 1) };
  return {
    ...pull, middle: 0.15 * aside + 0.7 * jawAside(shape), height: REST + 0.008 + 0.13 * Math.min(jaw, close) - shrug - 0.015 * sealed,
    Left: corner((name) => shape(name + "Left"), pull), Right: corner((name) => shape(name + "Right"), pull),
  };
}

/** How far a corner stands from the middle, and how much lower. */
function corner(own, { open, funnel, pucker, shrug, roundness }) {
  const smile = own("MouthSmile"), stretch = own("MouthStretch"), dimple = own("MouthDimple"), press = own("MouthPress");
  const reach = 0.3 + 0.1 * smile + 0.13 * stretch + 0.05 * dimple + 0.015 * press - 0.17 * pucker - 0.13 * funnel - 0.05 * open;
  const drop = 0.12 * own("MouthFrown") + 0.045 * stretch + 0.14 * open + 0.04 * funnel + 0.025 * shrug - 0.022 - 0.15 * smile * (1 - 0.3 * roundness) - 0.02 * dimple - 0.025 * press;
  return [Math.max(reach, 0.1), drop];
}

/** The lips at a place across the mouth, from -1 at the own right corner to 1: where they part, and how thick they are. */
function row(shape, pull, t) {
  const { open, funnel, pucker, sealed, tongue } = pull, rollUp = shape("MouthRollUpper"), rollDown = shape("MouthRollLower");
  const sided = (name) => mix(shape(name + "Right"), shape(name + "Left"), step(-0.4, 0.4, t));
  const [reach, drop] = pull[t < 0 ? "Right" : "Left"], away = Math.abs(t), hill = (1 - t * t) ** 0.7, shoulder = (1 - t * t) * (0.75 + away);
  const rest = pull.height + drop * away ** 1.7 - 0.035 * pull.aside * t - 0.03 * sided("MouthFrown") * hill;
  let top = rest - hill * (0.03 * open + 0.06 * funnel + 0.02 * tongue - 0.02 * rollUp) - shoulder * (0.085 * sided("MouthUpperUp") + 0.03 * sided("NoseSneer"));
  let bottom = rest + hill * (0.37 * open + 0.075 * funnel - 0.035 * rollDown) + shoulder * 0.095 * sided("MouthLowerDown");
  if (bottom < top) top = bottom = (top + bottom) / 2; // lips meet, they do not cross
  const thin = (1 - 0.55 * sided("MouthPress")) * (1 - 0.45 * sealed) * (1 - 0.22 * sided("MouthStretch")) * (1 - 0.12 * sided("MouthSmile")) * (1 - 0.15 * open);
  const bow = (0.8 + 0.24 * step(0, 0.24, away)) * (1 - away ** 2.2) ** 0.9;
  return {
    x: pull.middle + t * reach, top, bottom, lift: hill * (0.04 + 0.16 * Math.max(funnel, pucker)),
    upper: 0.088 * bow * thin * (1 - 0.88 * rollUp) * (1 + 0.5 * pucker + 0.4 * funnel) * (1 + 0.35 * shape("MouthShrugUpper")),
    lower: 0.118 * (1 - away ** 2.4) ** 0.8 * thin * (1 - 0.9 * rollDown) * (1 + 0.35 * pucker + 0.35 * funnel) * (1 + 0.25 * shape("MouthShrugLower")),
  };
}

function inside(pen, { at, shape }, { rows, jaw, middle, gap, tongue }) {
  if (gap < 0.008) return;
  const low = REST + 0.05 + 0.3 * jaw, aside = jawAside(shape);
  blob(pen, at(middle, low + 0.05), 0.3, 0.2, "120,40,48", 0.7);
  const hump = low - 0.05 * jaw - 0.1 * tongue;
  area(pen, TONGUE, [at(middle - 0.26, low + 0.2), at(middle - 0.17, hump + 0.03), at(middle, hump), at(middle + 0.17, hump + 0.03), at(middle + 0.26, low + 0.2)]);
  blob(pen, at(middle, low + 0.08), 0.04, 0.13, TONGUE_DARK, 0.6);
  teeth(pen, at, TOOTH_LOWER, aside, low, low + 0.14, 0.3, 10);
  teeth(pen, at, TOOTH, 0, REST + 0.042, REST - 0.2, 0.37, 10);
  blob(pen, at(middle, REST - 0.07), 0.42, 0.08, "60,15,20", 0.35);
  for (const end of [0, 12]) blob(pen, at(rows[end].x, rows[end].top), 0.16, 0.2, "50,14,20", 0.95);
}

/** A row of teeth from its biting edge to its gum, curved round the jaw. */
function teeth(pen, at, style, x, edge, gum, half, count) {
  const bend = edge < gum ? 0.02 : -0.02, curve = (y) => [-1, -0.66, -0.33, 0, 0.33, 0.66, 1].map((t) => at(x + half * t, y + bend * t * t, -0.03 - 0.05 * t * t));
  area(pen, style, curve(edge), curve(gum).reverse());
  pen.beginPath();
  for (let k = 1; k < count; k++) {
    const t = (2 * k) / count - 1, place = Math.sign(t) * Math.abs(t) ** 0.9;
    pen.moveTo(...at(x + half * place, edge + bend * t * t, -0.03));
    pen.lineTo(...at(x + half * place, gum, -0.03));
  }
  pen.strokeStyle = "rgba(150,120,110,.35)";
  pen.lineWidth = 0.008;
  pen.stroke();
}

/** What the lips press into the skin around them. */
export function shadeLips(pen, face, { rows, middle, roundness }) {
  const { at, shape } = face;
  const { bottom, lower, top, upper } = rows[6];
  blob(pen, at(middle, bottom + lower + 0.055), 0.2, 0.06, SHADE, 0.55);
  blob(pen, at(middle * 0.6, top - upper - 0.07), 0.045, 0.08, SHADE, 0.25 + 0.35 * shape("MouthShrugUpper"));
  for (const [side, own] of SIDES) {
    const press = shape("MouthPress" + own), rollUp = shape("MouthRollUpper"), rollDown = shape("MouthRollLower");
    blob(pen, at(middle + side * 0.2, bottom + lower + 0.05), 0.16, 0.07, GLOW, 0.6 * press);
    blob(pen, at(middle + side * 0.18, top - upper - 0.05), 0.16, 0.07, GLOW, 0.6 * press);
    wrinkle(pen, face, side, 0.55 * rollUp, 0.022, [[0.06, -0.035], [0.16, -0.04], [0.25, -0.01]], { x: middle, y: top - upper });
    wrinkle(pen, face, side, 0.55 * rollDown, 0.022, [[0.02, 0.05], [0.13, 0.05], [0.24, 0.01]], { x: middle, y: bottom + lower });
    for (const k of [0, 1]) wrinkle(pen, face, side, 0.4 * roundness, 0.018, [[0.05 + 0.07 * k, -0.03], [0.07 + 0.1 * k, -0.09]], { x: middle, y: top - upper });
  }
}

function lowerLip(pen, { at }, { lower, brim, rows, middle, gap }) {
  area(pen, LIP_LOWER, lower, [...brim].reverse());
  const { bottom, lower: thick, lift } = rows[6], share = Math.min(thick / 0.1, 1);
  blob(pen, at(middle - 0.03, bottom + 0.45 * thick, lift), 0.15, 0.034 * share, LIP_GLOW, 0.75);
  if (gap > 0.015) crease(pen, LIP_LINE, 0.7, 0.02, lower);
}

function upperLip(pen, _face, { upper, rim, gap }) {
  area(pen, LIP_UPPER, rim, [...upper].reverse());
  crease(pen, LIP_LINE, 0.9, gap > 0.015 ? 0.022 : 0.032, upper);
}

function corners(pen, face, { rows, middle }) {
  const { at, shape } = face;
  for (const [side, own] of SIDES) {
    const { x, top } = rows.at(side > 0 ? -1 : 0), dimple = shape("MouthDimple" + own), stretch = shape("MouthStretch" + own), press = shape("MouthPress" + own), frown = shape("MouthFrown" + own);
    blob(pen, at(x + side * 0.02, top), 0.05, 0.045, DEEP, 0.28 + 0.4 * dimple + 0.2 * press);
    wrinkle(pen, face, side, 0.9 * dimple, 0.034, [[0.05, -0.09], [0.085, -0.01], [0.06, 0.075]], { x, y: top });
    wrinkle(pen, face, side, 0.65 * stretch, 0.026, [[0.07, -0.06], [0.12, 0.03], [0.1, 0.14]], { x, y: top });
    wrinkle(pen, face, side, 0.7 * frown, 0.032, [[0.0, 0.01], [0.05, 0.07], [0.06, 0.16]], { x, y: top });
    wrinkle(pen, face, side, 0.6 * press, 0.026, [[0.01, -0.05], [0.045, 0], [0.01, 0.05]], { x, y: top });
  }
}

/** It comes from behind the lower teeth, over the lower lip. */
function tongueOut(pen, { at }, { rows, middle, tongue }) {
  const { top, bottom } = rows[6], out = (tongue - 0.1) / 0.9, end = bottom + 0.02 + 0.3 * out, half = 0.11 + 0.025 * out;
  const root = mix(bottom, Math.max(top + 0.015, bottom - 0.16), Math.min(3 * out, 1));
  const right = [[-half * 0.8, root], [-half, bottom], [-half * 1.05, mix(bottom, end, 0.6)], [-half * 0.6, end], [0, end + 0.02]];
  const left = [...right].reverse().map(([x, y]) => [-x, y]);
  area(pen, TONGUE, [...right, ...left.slice(1)].map(([x, y]) => at(middle + x, y, 0.1)));
  pen.strokeStyle = `rgba(${TONGUE_DARK},.8)`;
  pen.lineWidth = 0.012;
  pen.stroke();
  blob(pen, at(middle, root, 0.1), half * 1.1, 0.1 * Math.min(3 * out, 1) + 0.001, "90,24,34", 0.6);
  crease(pen, TONGUE_DARK, 0.8, 0.03, [root + 0.04, mix(bottom, end, 0.4), mix(bottom, end, 0.75)].map((y) => at(middle, y, 0.1)));
  blob(pen, at(middle - 0.04, mix(bottom, end, 0.75), 0.1), 0.05, 0.06, "255,200,200", 0.6);
}
