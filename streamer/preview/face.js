// Draws a face from the 61 channels on a canvas. The character looks at us: its own left is on our right.
import { body } from "./face/body.js";
import { brows } from "./face/brows.js";
import { eyes } from "./face/eyes.js";
import { backHair, frontHair } from "./face/hair.js";
import { mouth, shadeLips, shapeLips } from "./face/mouth.js";
import { nose } from "./face/nose.js";
import { ears, head } from "./face/skin.js";
import { skull, turned } from "./face/skull.js";

/** Draws one face; `get` gives a channel by name. What is no number is taken as 0, what is out of range as the nearest in it. */
export function draw(context, width, height, get) {
  const shape = bounded(get, 0), angle = bounded(get, -1), [yaw, pitch] = [angle("HeadYaw"), angle("HeadPitch")];
  const place = turned(yaw, pitch, angle("HeadRoll")), face = { shape, angle, yaw, pitch, place, ...skull(shape, yaw, pitch, place) };
  const unit = Math.min(width / 3.0, height / 3.5);
  context.clearRect(0, 0, width, height);
  context.save();
  context.translate(width / 2, height * 0.47);
  context.scale(unit, unit);
  context.lineJoin = context.lineCap = "round";
  paint(context, face);
  context.restore();
}

function paint(pen, face) {
  const sheen = backHair(pen, face), lips = shapeLips(face);
  body(pen, face);
  ears(pen, face);
  pen.save();
  head(pen, face);
  shadeLips(pen, face, lips);
  nose(pen, face);
  pen.restore();
  eyes(pen, face);
  mouth(pen, face, lips);
  frontHair(pen, face, sheen);
  brows(pen, face);
}

function bounded(get, lowest) {
  return (name) => {
    const value = get(name);
    return Number.isFinite(value) ? Math.min(Math.max(value, lowest), 1) : 0;
  };
}
