// Brows: hair that rises, falls and draws together.
import { blob, crease, step, taper } from "./brush.js";
import { BROW, SHADE } from "./colours.js";
import { seen } from "./skull.js";

export function brows(pen, face) {
  const { at, shape } = face, inner = shape("BrowInnerUp");
  for (const [side, own] of seen(face)) {
    const down = shape("BrowDown" + own), outer = shape("BrowOuterUp" + own);
    const points = [
      [0.155 - 0.055 * down + 0.015 * inner, -0.43 - 0.17 * inner + 0.15 * down],
      [0.28 - 0.03 * down, -0.475 - 0.125 * inner - 0.03 * outer + 0.13 * down],
      [0.43, -0.51 - 0.045 * inner - 0.12 * outer + 0.09 * down],
      [0.58, -0.495 - 0.17 * outer + 0.05 * down],
      [0.72, -0.42 + 0.02 * inner - 0.17 * outer + 0.03 * down],
    ].map(([x, y]) => at(side * x, y, 0.03));
    const turned = Math.min(Math.abs(points[4][0] - points[0][0]) / 0.4, 1); // a brow seen from aside is no stump
    blob(pen, at(side * 0.3, -0.36 + 0.1 * down), 0.28, 0.1, SHADE, 0.5 * down);
    taper(pen, BROW, points, (share) => turned * 0.012 + turned * 0.075 * step(-0.12, 0.22, share) * (1 - share) ** 0.6);
    crease(pen, "150,86,58", 0.4, 0.024, points.slice(0, 4).map(([x, y]) => [x, y - 0.012]));
  }
}
