// The timeline of a line: keyframes with captions at their times, curves past and planned, and a moment to look into.

import { schedule, sample } from "./motion.js";
import { EARLIEST, LATEST, inOrder, isAngle, lengthOf, within } from "./sheet.js";
import { Takes } from "./takes.js";

const TAIL = 1.1; // seconds after the voice, for the way back to rest
const LANES = 3; // of captions
const WIDE = 0.25; // of the timeline's width that a caption takes
const LATE = 0.72; // of it, from where captions stand to the left of their marks
const STEP = 1 / 120; // seconds between the points of a planned curve
const COLOURS = 8; // --curve-0 ... in the style sheet

export class Timeline {
  /** `hear` is called with a moment in seconds, or null; `drag` with a keyframe and its new time; `pick` with a keyframe. */
  constructor(box, { drag, pick, hear }) {
    Object.assign(this, { box, drag, pick, hear });
    this.canvas = box.querySelector("canvas");
    this.marks = box.querySelector(".marks");
    this.moment = null;
    this.channels = [];
    this.sheet = null;
    this.planned = [];
    this.points = new Map(); // channel: its planned curve
    this.byFrame = new Map(); // keyframe: its mark
    this.isDragging = false;
    this.shown = 0; // how often a sheet was shown
    this.painted = ""; // what the canvas stands for
    this.canvas.onpointermove = (event) => this.look(this.timeAt(event.clientX));
    this.canvas.onpointerdown = this.canvas.onpointermove;
    this.canvas.onkeydown = (event) => this.step(event);
  }

  /** Shows a sheet; `selected` is the keyframe in hand; `anticipates` tells whether the driver planned it by itself. */
  show(sheet, selected, anticipates) {
    this.sheet = sheet;
    this.length = lengthOf(sheet);
    const ready = inOrder(sheet.keyframes);
    this.planned = ready.length ? schedule(ready, this.length, anticipates) : [];
    this.from = EARLIEST * this.length;
    this.to = Math.max(LATEST * this.length, this.length + TAIL, (this.planned.at(-1)?.begin ?? 0) + 0.8);
    this.points.clear();
    this.shown += 1;
    this.place(ready, selected);
  }

  x(t) {
    return (t - this.from) / (this.to - this.from);
  }

  timeAt(clientX) {
    const { left, width } = this.canvas.getBoundingClientRect();
    return this.from + ((clientX - left) / width) * (this.to - this.from);
  }

  /** Marks that exist stay the same elements: a dragged one must not be taken from under the pointer. */
  place(keyframes, selected) {
    for (const [frame, mark] of this.byFrame) {
      if (keyframes.includes(frame)) continue;
      mark.remove();
      this.byFrame.delete(frame);
    }
    const taken = Array.from({ length: LANES }, () => []); // [from, to] of the captions in each lane
    for (const [i, frame] of keyframes.entries()) {
      if (!this.byFrame.has(frame)) this.byFrame.set(frame, this.mark(frame));
      const left = this.x(frame.at * this.length), [from, to] = left > LATE ? [left - WIDE, left] : [left, left + WIDE];
      const lane = Math.max(taken.findIndex((captions) => captions.every(([a, b]) => b <= from || to <= a)), 0);
      taken[lane].push([from, to]);
      this.dress(this.byFrame.get(frame), frame, i, left, lane, frame === selected);
    }
    if (!this.isDragging) this.marks.replaceChildren(...keyframes.map((frame) => this.byFrame.get(frame)));
  }

  dress(mark, frame, i, left, lane, isSelected) {
    const told = `keyframe ${i + 1} at ${(frame.at * this.length).toFixed(2)} s${frame.isLocked ? ", locked" : ""}`;
    mark.style.left = `${left * 100}%`;
    mark.style.setProperty("--lane", lane);
    mark.className = [frame.isLocked && "locked", isSelected && "selected", left > LATE && "late"].filter(Boolean).join(" ");
    mark.lastChild.textContent = frame.text;
    mark.title = frame.text;
    mark.setAttribute("aria-label", `${told}: ${frame.text}`);
  }

  mark(frame) {
    const mark = Object.assign(document.createElement("button"), { type: "button" });
    mark.append(document.createElement("i"), document.createElement("span"));
    mark.onpointerdown = (event) => {
      mark.setPointerCapture(event.pointerId);
      this.isDragging = true;
      this.pick(frame);
    };
    mark.onpointermove = (event) => {
      if (this.isDragging) this.move(frame, this.timeAt(event.clientX) / this.length);
    };
    mark.onlostpointercapture = () => { this.isDragging = false; };
    mark.onclick = () => this.pick(frame);
    mark.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      this.move(frame, frame.at + way * (event.shiftKey ? 0.05 : 0.01));
    };
    return mark;
  }

  move(frame, at) {
    if (!frame.isLocked && within(at) !== frame.at) this.drag(frame, within(at));
  }

  step(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.look(null);
    if (!way) return;
    event.preventDefault();
    this.look((this.moment ?? 0) + way * (event.shiftKey ? 0.25 : 1 / 30));
  }

  look(t) {
    this.moment = t === null ? null : Math.min(Math.max(t, this.from), this.to);
    this.hear(this.moment);
  }

  /** The planned face at a moment. */
  plannedAt(t) {
    return (channel) => (this.planned.length ? sample(this.planned, channel, t) : 0);
  }

  /** The frame that was received for a moment of the latest take, as [t, values], or null. */
  static playedAt(history, t) {
    const { take, frames } = history;
    if (!take || t < 0 || (take.end !== null && take.time + t > take.end + TAIL)) return null;
    return Takes.nearest(frames, take.time + t, ([time]) => time, 0.05);
  }

  /** Draws the curves: planned ones dashed, played ones whole. */
  paint(history, names) {
    if (!this.sheet) return;
    const { canvas } = this, style = getComputedStyle(this.box), scale = devicePixelRatio;
    const { take, frames } = history, isOver = take?.end != null && frames.at(-1)?.[0] > take.end + TAIL;
    const heard = take && (isOver || frames.at(-1)?.[0]);
    const key = [canvas.clientWidth, style.color, this.moment, this.shown, this.channels, take?.id, heard].join();
    if (key === this.painted) return;
    this.painted = key;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const pen = { context, width, height, scale, ink: style.getPropertyValue("--ink"), soft: style.getPropertyValue("--soft"),
      line: style.getPropertyValue("--line"), accent: style.getPropertyValue("--accent"), band: style.getPropertyValue("--band") };
    this.grid(pen);
    for (const [i, channel] of this.channels.entries()) {
      context.strokeStyle = style.getPropertyValue(`--curve-${i % COLOURS}`);
      this.curve(pen, channel, this.plannedPoints(channel), true);
      this.curve(pen, channel, playedPoints(history, names.indexOf(channel)), false);
    }
    if (take && take.end === null && frames.length) this.hairline(pen, frames.at(-1)[0] - take.time, pen.accent);
    if (this.moment !== null) this.hairline(pen, this.moment, pen.ink);
  }

  grid({ context, width, height, scale, line, soft, band }) {
    const [begin, end] = [this.x(0) * width, this.x(this.length) * width];
    context.fillStyle = band;
    context.fillRect(begin, 0, end - begin, height);
    context.strokeStyle = line;
    context.fillStyle = soft;
    context.lineWidth = scale;
    context.font = `${11 * scale}px system-ui, sans-serif`;
    const step = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60].find((one) => (one / (this.to - this.from)) * width >= 55 * scale) ?? 120;
    for (let t = Math.ceil(this.from / step) * step; t <= this.to; t += step) {
      const x = Math.round(this.x(t) * width) + 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.stroke();
      context.fillText(`${+t.toFixed(2)} s`, x + 4 * scale, height - 5 * scale);
    }
    context.strokeStyle = soft;
    context.globalAlpha = 0.5;
    for (const frame of this.sheet.keyframes) {
      const x = this.x(frame.at * this.length) * width;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  hairline({ context, width, height, scale }, t, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5 * scale;
    context.beginPath();
    context.moveTo(this.x(t) * width, 0);
    context.lineTo(this.x(t) * width, height);
    context.stroke();
  }

  curve({ context, width, height, scale }, channel, points, isPlanned) {
    const floor = height - 20 * scale, room = floor - 6 * scale;
    context.setLineDash(isPlanned ? [4 * scale, 4 * scale] : []);
    context.lineWidth = (isPlanned ? 1.25 : 2) * scale;
    context.globalAlpha = isPlanned ? 0.75 : 1;
    context.beginPath();
    for (const [t, value] of points) {
      const share = isAngle(channel) ? 0.5 + value / 1.2 : value; // an angle of 0 lies in the middle
      context.lineTo(this.x(t) * width, floor - room * Math.min(Math.max(share, 0), 1));
    }
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  plannedPoints(channel) {
    if (!this.points.has(channel)) {
      const count = this.planned.length ? Math.ceil(this.to / STEP) : 0;
      this.points.set(channel, Array.from({ length: count }, (_, i) => [i * STEP, sample(this.planned, channel, i * STEP)]));
    }
    return this.points.get(channel);
  }
}

function playedPoints({ take, frames }, column) {
  if (!take) return [];
  const last = take.end === null ? Infinity : take.end + TAIL;
  return frames.filter(([t]) => t >= take.time && t <= last).map(([t, values]) => [t - take.time, values[column]]);
}
