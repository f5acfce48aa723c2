// Neck, shoulders and shirt: they stay where the head turns, save for the top of the neck.
import { area, line } from "./brush.js";
import { NECK, NECK_DARK, SHADE, SHIRT_DARK, SHIRT_LIGHT } from "./colours.js";

export function body(pen, { place }) {
  const [x, y] = place(0, 0.6, -0.3);
  const shadow = pen.createLinearGradient(x - 0.1, y + 0.15, 0.12, 1.4);
  [[0, NECK_DARK], [0.45, NECK_DARK], [1, NECK]].forEach(([share, colour]) => shadow.addColorStop(share, colour));
  area(pen, shadow,
    [[x - 0.22, y - 0.2], [x * 0.6 - 0.3, 0.9], [-0.34, 1.2], [-0.56, 1.4], [-0.3, 1.7]],
    [[0.3, 1.7], [0.56, 1.4], [0.34, 1.2], [x * 0.6 + 0.3, 0.9], [x + 0.22, y - 0.2]]);
  for (const side of [1, -1]) line(pen, `rgba(${SHADE},.4)`, 0.022, [[side * 0.25, 1.12], [side * 0.1, 1.34]]);
  const cloth = pen.createLinearGradient(-1, 1.2, 0.8, 2.1);
  [SHIRT_LIGHT, SHIRT_DARK].forEach((colour, i) => cloth.addColorStop(i, colour));
  area(pen, cloth,
    [[-1.32, 2.3], [-1.2, 1.72], [-0.92, 1.46], [-0.4, 1.28]], [[-0.4, 1.28], [-0.24, 1.47], [0, 1.56], [0.24, 1.47], [0.4, 1.28]],
    [[0.4, 1.28], [0.92, 1.46], [1.2, 1.72], [1.32, 2.3]]);
  line(pen, SHIRT_DARK, 0.03, [[-0.42, 1.3], [-0.25, 1.5], [0, 1.6], [0.25, 1.5], [0.42, 1.3]]);
}
