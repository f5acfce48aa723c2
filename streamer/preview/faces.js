// The faces side by side, each on a canvas of its own.

import { draw } from "./face.js";

const MAX_SHOWN = 12;
const AWAY = 1500; // milliseconds without a frame

export class Faces {
  /** `names` gives the channels in the order of the frames; `choose` is called with the name of a face that was picked. */
  constructor(box, names, choose) {
    Object.assign(this, { box, names, choose });
    this.shown = new Map(); // name: { figure, canvas, values, isNew, seen }
    this.others = new Set();
    this.painted = [];
    this.paint = draw;
  }

  /** The face of a character, or null where there is no room for another. */
  of(name) {
    if (this.shown.has(name)) return this.shown.get(name);
    if (this.shown.size >= MAX_SHOWN) {
      if (!this.others.has(name)) this.tellOthers(name);
      return null;
    }
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    const caption = document.createElement("figcaption");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `face of ${name}`);
    caption.append(button);
    figure.append(canvas, caption);
    figure.onclick = () => this.choose(name);
    this.box.querySelector(".others").before(figure);
    const one = { figure, canvas, button, values: new Array(61).fill(0), isNew: true, seen: -Infinity };
    this.shown.set(name, one);
    this.box.dataset.count = Math.min(this.shown.size, 5);
    return one;
  }

  /** Has all faces drawn by another painter from now on. */
  wear(paint) {
    this.paint = paint;
    for (const one of this.shown.values()) one.isNew = true;
  }

  drop(name) {
    this.shown.get(name)?.figure.remove();
    this.shown.delete(name);
    this.box.dataset.count = Math.min(this.shown.size, 5);
  }

  frame(name, values) {
    const one = this.of(name);
    if (one) Object.assign(one, { values, isNew: true, seen: performance.now() });
  }

  /** Draws what changed, and marks the chosen face and those that no frames come for. */
  refresh(chosen) {
    const now = performance.now();
    let isPainted = false;
    for (const [name, one] of this.shown) {
      one.figure.className = (name === chosen ? "chosen" : "") + (now - one.seen > AWAY ? " away" : "");
      one.button.setAttribute("aria-pressed", String(name === chosen));
      const width = Math.round(one.canvas.clientWidth * devicePixelRatio);
      if (!one.isNew && one.canvas.width === width) continue;
      picture(one.canvas, one.canvas.clientWidth, one.canvas.clientHeight, this.getter(one.values), this.paint);
      one.isNew = false;
      isPainted = true;
    }
    if (isPainted) this.painted.push(now);
    while (this.painted[0] < now - 1000) this.painted.shift();
  }

  getter(values) {
    const names = this.names();
    return (channel) => values[names.indexOf(channel)] ?? 0;
  }

  tellOthers(name) {
    this.others.add(name);
    this.box.querySelector(".others").textContent = `and ${this.others.size} more on stage`;
  }
}

/** Draws a face on a canvas of so many pixels of the page. */
export function picture(canvas, width, height, get, paint = draw) {
  const sizes = [width, height].map((size) => Math.round(size * devicePixelRatio));
  if (canvas.width !== sizes[0]) canvas.width = sizes[0];
  if (canvas.height !== sizes[1]) canvas.height = sizes[1];
  paint(canvas.getContext("2d"), ...sizes, get);
}
