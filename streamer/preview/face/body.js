// Neck, shoulders and shirt: they stay where the head turns, save for the top of the neck.
import { area, blob, line } from "./brush.js";
import { DEEP, NECK, SHADE, SHIRT, SHIRT_DARK, SHIRT_LIGHT } from "./colours.js";

export function body(pen, { place }) {
  const [x, y] = place(0, 0.62, -0.3);
  area(pen, NECK,
    [[x - 0.22, y - 0.2], [x * 0.6 - 0.3, 0.9], [-0.34, 1.2], [-0.56, 1.4], [-0.3, 1.7]],
    [[0.3, 1.7], [0.56, 1.4], [0.34, 1.2], [x * 0.6 + 0.3, 0.9], [x + 0.22, y - 0.2]]);
  pen.save();
  pen.clip();
  blob(pen, place(0, 0.9, 0.2), 0.72, 0.42, DEEP, 0.75);
  blob(pen, [0.36, 1.1], 0.2, 0.5, SHADE, 0.5);
  pen.restore();
  for (const side of [1, -1]) line(pen, `rgba(${SHADE},.4)`, 0.022, [[side * 0.25, 1.12], [side * 0.1, 1.34]]);
  const cloth = pen.createLinearGradient(-1, 1.2, 0.8, 2.1);
  [SHIRT_LIGHT, SHIRT, SHIRT_DARK].forEach((colour, i) => cloth.addColorStop(i / 2, colour));
  area(pen, cloth,
    [[-1.32, 2.3], [-1.2, 1.72], [-0.92, 1.46], [-0.4, 1.28]], [[-0.4, 1.28], [-0.24, 1.47], [0, 1.56], [0.24, 1.47], [0.4, 1.28]],
    [[0.4, 1.28], [0.92, 1.46], [1.2, 1.72], [1.32, 2.3]]);
  line(pen, SHIRT_DARK, 0.03, [[-0.42, 1.3], [-0.25, 1.5], [0, 1.6], [0.25, 1.5], [0.42, 1.3]]);
}
