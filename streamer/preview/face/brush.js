// Strokes and fills that every part of the face is drawn with. Points are [x, y], colours "r,g,b" where they fade.
import { DEEP } from "./colours.js";

/** A smooth path through points; it goes on from where the path stands unless it moves there. */
export function trace(pen, points, isMoving = true) {
  const last = points.length - 1;
  if (isMoving) pen.moveTo(points[0][0], points[0][1]);
  for (let i = 0; i < last; i++) {
    const a = points[Math.max(i - 1, 0)], b = points[i], c = points[i + 1], d = points[Math.min(i + 2, last)];
    pen.bezierCurveTo(b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6, c[0] - (d[0] - b[0]) / 6, c[1] - (d[1] - b[1]) / 6, c[0], c[1]);
  }
}

/** Begins a closed path along several edges, with a corner where one edge meets the next. */
export function outline(pen, ...edges) {
  pen.beginPath();
  edges.forEach((edge, i) => {
    if (i) pen.lineTo(edge[0][0], edge[0][1]);
    trace(pen, edge, i === 0);
  });
  pen.closePath();
}

/** A closed path that rounds the corners of a polygon off. */
export function loop(pen, points) {
  const corners = points.filter(([x, y], i) => { const [a, b] = points.at(i - 1); return Math.hypot(x - a, y - b) > 0.05; });
  const half = ([a, b], [c, d]) => [(a + c) / 2, (b + d) / 2];
  pen.beginPath();
  pen.moveTo(...half(corners.at(-1), corners[0]));
  corners.forEach((corner, i) => pen.quadraticCurveTo(...corner, ...half(corner, corners[(i + 1) % corners.length])));
  pen.closePath();
}

export function area(pen, style, ...edges) {
  outline(pen, ...edges);
  pen.fillStyle = style;
  pen.fill();
}

export function line(pen, style, width, points) {
  pen.beginPath();
  trace(pen, points);
  pen.strokeStyle = style;
  pen.lineWidth = width;
  pen.stroke();
}

/** A stroke as broad as `breadth(share)` says along its way from 0 to 1, as a brush draws it. */
export function taper(pen, style, points, breadth) {
  const last = points.length - 1;
  const edge = (side) => points.map(([x, y], i) => {
    const a = points[Math.max(i - 1, 0)], b = points[Math.min(i + 1, last)];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1, half = (side * breadth(i / last)) / 2;
    return [x - ((b[1] - a[1]) / length) * half, y + ((b[0] - a[0]) / length) * half];
  });
  area(pen, style, edge(1), edge(-1).reverse());
}

/** A wrinkle of one side of the skin, given as it lies on the own left, from a point that it hangs on. */
export function wrinkle(pen, { at }, side, strength, width, points, { x = 0, y = 0, lift = 0 } = {}) {
  if (strength > 0.02) crease(pen, DEEP, strength, width, points.map(([a, b]) => at(x + side * a, y + b, lift)));
}

/** A crease on the picture: thin at its ends. */
export function crease(pen, colour, strength, width, points) {
  if (strength > 0.02) taper(pen, `rgba(${colour},${Math.min(strength, 1)})`, points, (share) => width * Math.sin(Math.PI * (0.08 + 0.84 * share)));
}

/** A soft spot that fades to nothing. */
export function blob(pen, [x, y], across, high, colour, strength) {
  if (strength < 0.01) return;
  const glow = pen.createRadialGradient(0, 0, 0, 0, 0, 1);
  glow.addColorStop(0, `rgba(${colour},${0.85 * strength})`); // two stops are the quickest to paint
  glow.addColorStop(1, `rgba(${colour},0)`);
  pen.save();
  pen.translate(x, y);
  pen.scale(across, high);
  pen.fillStyle = glow;
  pen.fillRect(-1, -1, 2, 2);
  pen.restore();
}

export const mix = (a, b, share) => a + (b - a) * share;

/** From 0 below `low` to 1 above `high`, smoothly. */
export function step(low, high, value) {
  const share = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return share * share * (3 - 2 * share);
}
