// Draws a face from the 61 channels on a canvas. The character looks at us: its own left is on our right.

const SKIN = "#f0c6a4", SHADE = "#d99f7a", LINE = "#6b3f2a", LIP = "#c4605a", HAIR = "#3a2430", IRIS = "#3f7f8c";

/** Draws one face; `get` gives a channel by name. */
export function draw(context, width, height, get) {
  const unit = Math.min(width / 3.0, height / 3.5);
  context.clearRect(0, 0, width, height);
  context.save();
  context.translate(width / 2, height * 0.47);
  context.scale(unit, unit);
  context.lineJoin = context.lineCap = "round";
  const yaw = get("HeadYaw"), pitch = get("HeadPitch");
  body(context);
  context.translate(0, 0.9);
  context.rotate(-get("HeadRoll"));
  context.translate(0, -0.9);
  // What stands farther out of the head moves more when it turns.
  const at = (x, y, depth = 1) => [x * (1 - 0.12 * Math.abs(yaw)) + 0.55 * yaw * depth, y - 0.5 * pitch * depth];
  hair(context, at, true);
  head(context, at, get);
  for (const side of [1, -1]) cheek(context, at, get, side);
  for (const side of [1, -1]) eye(context, at, get, side);
  nose(context, at, get);
  mouth(context, at, get);
  hair(context, at, false);
  for (const side of [1, -1]) brow(context, at, get, side);
  context.restore();
}

const own = (side) => (side > 0 ? "Left" : "Right");

/** A smooth line through points. */
function through(context, points, isMoving = true) {
  if (isMoving) context.moveTo(...points[0]);
  for (let i = 0; i < points.length - 1; i++) {
    const [a, b, c, d] = [points[Math.max(i - 1, 0)], points[i], points[i + 1], points[Math.min(i + 2, points.length - 1)]];
    context.bezierCurveTo(b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6, c[0] - (d[0] - b[0]) / 6, c[1] - (d[1] - b[1]) / 6, ...c);
  }
}

function path(context, fill, stroke, lineWidth, trace) {
  context.beginPath();
  trace();
  if (fill) { context.fillStyle = fill; context.fill(); }
  if (stroke) { context.strokeStyle = stroke; context.lineWidth = lineWidth; context.stroke(); }
}

function body(context) {
  path(context, SHADE, null, 0, () => context.rect(-0.32, 0.75, 0.64, 0.75));
  path(context, "#44586b", null, 0, () => {
    context.moveTo(-1.4, 2.2); context.quadraticCurveTo(-1.25, 1.35, -0.36, 1.26);
    context.quadraticCurveTo(0, 1.55, 0.36, 1.26); context.quadraticCurveTo(1.25, 1.35, 1.4, 2.2);
  });
}

function hair(context, at, isBehind) {
  if (isBehind) return path(context, HAIR, null, 0, () => { const [x, y] = at(0, -0.22, -0.3); context.ellipse(x, y, 1.08, 1.12, 0, 0, 7); });
  path(context, HAIR, null, 0, () => {
    through(context, [at(-0.95, -0.1, 0), at(-0.86, -0.62, 0.3), at(-0.35, -0.78, 0.7), at(0.25, -0.88, 0.7), at(0.78, -0.6, 0.3), at(0.95, -0.1, 0)]);
    through(context, [at(0.95, -0.1, 0), at(0.92, -0.85, -0.1), at(0.35, -1.3, -0.1), at(-0.4, -1.3, -0.1), at(-0.94, -0.85, -0.1), at(-0.95, -0.1, 0)], false);
  });
}

function head(context, at, get) {
  const forward = get("JawForward"), jaw = 0.26 * get("JawOpen") + 0.07 * forward, puff = 0.14 * get("CheekPuff"), aside = 0.1 * (get("JawLeft") - get("JawRight"));
  for (const side of [1, -1]) {
    const [x, y] = at(side * 0.96, 0.02, -0.25);
    path(context, SHADE, null, 0, () => context.ellipse(x, y, 0.13, 0.22, 0, 0, 7));
  }
  path(context, SKIN, LINE, 0.014, () => {
    const right = [at(0, -1.0, 0.1), at(0.66, -0.8, 0.1), at(0.93, -0.15, 0), at(0.87 + puff, 0.4, 0.15), at(0.55 + aside, 0.88 + jaw, 0.3), at(aside, 1.06 + jaw, 0.4)];
    const left = [at(aside, 1.06 + jaw, 0.4), at(-0.55 + aside, 0.88 + jaw, 0.3), at(-0.87 - puff, 0.4, 0.15), at(-0.93, -0.15, 0), at(-0.66, -0.8, 0.1), at(0, -1.0, 0.1)];
    through(context, right);
    through(context, left, false);
  });
  const [x, y] = at(aside, 0.9 + jaw, 0.5); // the chin
  path(context, null, SHADE, 0.02 + 0.02 * get("MouthShrugLower") + 0.03 * forward, () => context.arc(x, y - 0.08 * get("MouthShrugLower") - 0.03 * forward, 0.16 + 0.06 * forward, 3.6, 5.8));
}

function cheek(context, at, get, side) {
  const up = get("CheekSquint" + own(side)), [x, y] = at(side * 0.56, 0.26 - 0.07 * up, 0.6);
  const glow = context.createRadialGradient(x, y, 0.02, x, y, 0.3);
  glow.addColorStop(0, `rgba(226,110,90,${0.28 + 0.3 * up})`);
  glow.addColorStop(1, "rgba(226,110,90,0)");
  path(context, glow, null, 0, () => context.arc(x, y, 0.3, 0, 7));
  if (up > 0.08) path(context, null, SHADE, 0.012 + 0.02 * up, () => through(context, [at(side * 0.22, 0.1, 0.8), at(side * 0.42, 0.17 - 0.05 * up, 0.8), at(side * 0.64, 0.08, 0.6)]));
  const fold = Math.max(get("MouthSmile" + own(side)), 0.7 * get("NoseSneer" + own(side)), 0.8 * get("MouthUpperUp" + own(side)));
  if (fold > 0.1) path(context, null, SHADE, 0.01 + 0.02 * fold, () => through(context, [at(side * 0.2, 0.24, 1), at(side * 0.4, 0.38, 0.9), at(side * 0.5, 0.62, 0.7)]));
}

function eye(context, at, get, side) {
  const name = own(side), blink = get("EyeBlink" + name), squint = get("EyeSquint" + name), wide = get("EyeWide" + name);
  const down = get("EyeLookDown" + name), cheek = get("CheekSquint" + name);
  const centre = side * 0.4, middle = -0.1, half = 0.235;
  const low = middle + 0.085 * (1 - 0.62 * squint) - 0.05 * cheek + 0.02 * wide;
  const open = (0.235 + 0.075 * wide - 0.05 * squint - 0.07 * down) * (1 - blink);
  const high = low - Math.max(open, 0);
  const inner = at(centre - side * half, middle + 0.02, 0.9), outer = at(centre + side * half, middle - 0.02, 0.7);
  const lid = (y, bulge) => [inner, at(centre - side * 0.1, y + 0.02 * bulge, 1), at(centre + side * 0.09, y + 0.01 * bulge, 1), outer];
  const opening = () => { through(context, lid(high, 1)); through(context, lid(low, -1).reverse(), false); };
  context.save();
  path(context, "#fdfaf5", null, 0, opening);
  context.clip();
  // The shapes say where an eye looks; a rotation without them says it too (yaw + to the own right, pitch + down).
  const across = side * (get("EyeLookOut" + name) - get("EyeLookIn" + name)) || -get(name + "EyeYaw") / 0.6;
  const below = down - get("EyeLookUp" + name) || get(name + "EyePitch") / 0.6;
  const [x, y] = at(centre + 0.13 * across, middle - 0.015 + 0.11 * below, 1.05);
  path(context, IRIS, "#20434c", 0.02, () => context.arc(x, y, 0.118, 0, 7));
  path(context, "#101418", null, 0, () => context.arc(x, y, 0.056 + 0.012 * wide, 0, 7));
  path(context, "rgba(255,255,255,.9)", null, 0, () => context.arc(x - 0.04, y - 0.045, 0.028, 0, 7));
  path(context, null, "rgba(60,30,20,.28)", 0.05, () => through(context, lid(high, 1)));
  context.restore();
  path(context, null, "#2a1a1c", 0.036, () => through(context, lid(high, 1)));
  path(context, null, LINE, 0.012 + 0.012 * squint, () => through(context, lid(low, -1)));
  const crease = Math.min(high - 0.055, middle - 0.12 - 0.05 * wide);
  path(context, null, SHADE, 0.016, () => through(context, [at(centre - side * 0.19, crease + 0.06, 0.9), at(centre, crease, 1), at(centre + side * 0.2, crease + 0.05, 0.7)]));
}

function brow(context, at, get, side) {
  const name = own(side), down = get("BrowDown" + name), inner = get("BrowInnerUp"), outer = get("BrowOuterUp" + name);
  const points = [
    at(side * (0.15 - 0.045 * down + 0.02 * inner), -0.4 - 0.19 * inner + 0.17 * down - 0.03 * outer, 1),
    at(side * 0.4, -0.49 - 0.09 * inner - 0.13 * outer + 0.12 * down, 1),
    at(side * 0.68, -0.4 - 0.17 * outer + 0.03 * down, 0.7),
  ];
  path(context, null, HAIR, 0.085, () => through(context, points));
  if (inner > 0.15) path(context, null, SHADE, 0.02 * inner, () => through(context, [at(-0.22, -0.66 - 0.1 * inner, 1), at(0, -0.7 - 0.08 * inner, 1), at(0.22, -0.66 - 0.1 * inner, 1)]));
  if (down > 0.2) path(context, null, LINE, 0.016 * down, () => through(context, [at(side * 0.05, -0.44 + 0.05 * down, 1), at(side * 0.06, -0.3 + 0.06 * down, 1)]));
}

function nose(context, at, get) {
  const sneer = (get("NoseSneerLeft") + get("NoseSneerRight")) / 2;
  path(context, null, SHADE, 0.03, () => through(context, [at(0.06, -0.16, 1.1), at(0.1, 0.1 - 0.02 * sneer, 1.45), at(0.02, 0.22 - 0.03 * sneer, 1.5), at(-0.05, 0.2 - 0.03 * sneer, 1.4)]));
  for (const side of [1, -1]) {
    const up = get("NoseSneer" + own(side));
    path(context, null, LINE, 0.022, () => through(context, [at(side * 0.07, 0.225 - 0.02 * up, 1.35), at(side * 0.12, 0.2 - 0.03 * up, 1.3), at(side * 0.145, 0.15 - 0.05 * up, 1.25)]));
    if (up > 0.1) path(context, null, SHADE, 0.014 + 0.014 * up, () => { for (const k of [0, 1]) through(context, [at(side * 0.05, -0.14 + 0.08 * k, 1.2), at(side * (0.13 + 0.03 * up), -0.1 + 0.08 * k, 1.1)]); });
  }
}

function mouth(context, at, get) {
  const jaw = get("JawOpen"), gap = Math.max(jaw - get("MouthClose"), 0), funnel = get("MouthFunnel"), pucker = get("MouthPucker");
  const shift = 0.17 * (get("MouthLeft") - get("MouthRight")) + 0.09 * (get("JawLeft") - get("JawRight"));
  const base = 0.55 + 0.06 * jaw, round = Math.min(funnel + pucker, 1);
  const corner = (side) => {
    const g = (part) => get("Mouth" + part + own(side));
    return [side * (0.32 + 0.13 * g("Smile") + 0.13 * g("Stretch") + 0.06 * g("Dimple") - 0.17 * pucker - 0.13 * funnel - 0.03 * jaw) + shift,
      base - 0.16 * g("Smile") + 0.15 * g("Frown") + 0.06 * g("Stretch") - 0.02 * g("Dimple") + 0.08 * gap];
  };
  const lift = (side) => 0.1 * get("MouthUpperUp" + own(side)), drop = (side) => 0.11 * get("MouthLowerDown" + own(side));
  const top = base - 0.035 * get("MouthShrugUpper") - 0.05 * funnel, floor = base + 0.4 * gap + 0.09 * funnel - 0.06 * get("MouthShrugLower");
  const [left, right] = [corner(1), corner(-1)];
  const line = (y, move, depth) => [
    at(...right, depth - 0.25), at(right[0] * 0.5 + shift * 0.5, (y * 2 + right[1]) / 3 + move(-1), depth), at(shift, y + (move(1) + move(-1)) / 2, depth + 0.05),
    at(left[0] * 0.5 + shift * 0.5, (y * 2 + left[1]) / 3 + move(1), depth), at(...left, depth - 0.25),
  ];
  const upper = line(top, (side) => -lift(side), 1.05), lower = line(floor, drop, 1);
  const press = (get("MouthPressLeft") + get("MouthPressRight")) / 2;
  const upperLip = 0.075 * (1 - get("MouthRollUpper")) * (1 - 0.6 * press) * (1 + 0.7 * round);
  const lowerLip = 0.1 * (1 - get("MouthRollLower")) * (1 - 0.55 * press) * (1 + 0.5 * round) * (1 + 0.2 * get("MouthShrugLower"));
  const inside = () => { through(context, upper); through(context, [...lower].reverse(), false); };
  context.save();
  path(context, "#4a1420", null, 0, inside);
  context.clip();
  const [tx, ty] = at(shift, floor + 0.05, 0.9);
  path(context, "#d9707a", null, 0, () => context.ellipse(tx, ty + 0.1 - 0.1 * get("TongueOut"), 0.2, 0.12 + 0.05 * jaw, 0, 0, 7));
  const [ux, uy] = at(shift * 0.4, base - 0.03, 1);
  path(context, "#fbf6ec", null, 0, () => context.roundRect(ux - 0.25, uy - 0.14, 0.5, 0.19, 0.05));
  const [lx, ly] = at(shift, floor + 0.1, 0.95);
  path(context, "#f3ece0", null, 0, () => context.roundRect(lx - 0.2, ly - 0.1 + 0.06 * jaw, 0.4, 0.14, 0.04));
  context.restore();
  const lip = (edge, out, thick) => {
    const rim = edge.map(([x, y], i) => [x, y + (i === 0 || i === 4 ? 0 : out * thick * (i === 2 ? (out < 0 ? 0.82 : 1) : 0.95))]);
    path(context, LIP, null, 0, () => { through(context, edge); through(context, rim.reverse(), false); });
  };
  lip(upper, -1, upperLip);
  lip(lower, 1, lowerLip);
  path(context, null, "#8f3c3c", 0.016 + 0.012 * press, () => through(context, upper));
  if (gap > 0.02) path(context, null, "#8f3c3c", 0.01, () => through(context, lower));
  const tongue = get("TongueOut");
  if (tongue > 0.05) { const [x, y] = at(shift, floor + 0.02, 1.1); path(context, "#d9707a", "#a04a55", 0.012, () => context.ellipse(x, y + 0.14 * tongue, 0.13, 0.04 + 0.2 * tongue, 0, 0, 7)); }
  for (const side of [1, -1]) {
    const dimple = get("MouthDimple" + own(side)), [x, y] = side > 0 ? upper[4] : upper[0];
    if (dimple > 0.1) path(context, null, SHADE, 0.02 + 0.02 * dimple, () => context.arc(x + side * 0.03, y, 0.05, side > 0 ? -1 : 2.1, side > 0 ? 1 : 4.2));
  }
}
