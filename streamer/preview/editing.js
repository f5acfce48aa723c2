// The keyframes as cards with small faces, and the one in hand with its sliders, region by region.

import { picture } from "./faces.js";
import { EARLIEST, LATEST, MAX_CAPTION, MAX_KEYFRAMES, ONSETS, inOrder, isAngle, lengthOf, within } from "./sheet.js";

// As GROUPS in streamer/face/layers.py; a channel belongs to the first region that it fits.
export const REGIONS = {
  brows: /^Brow/, lids: /^Eye(Blink|Squint|Wide)/, gaze: /^(EyeLook|LeftEye|RightEye)/, "cheeks and nose": /^(Cheek|Nose)/,
  jaw: /^(Jaw|MouthClose)/, lips: /^Mouth/, tongue: /^Tongue/, head: /^Head/,
};
const THUMB = [84, 98]; // pixels
const ANGLE = 0.6; // radians: as far as the acts of a keyframe go

export const regionOf = (channel) => Object.keys(REGIONS).find((region) => REGIONS[region].test(channel));

export class Editing {
  /** `reword` is called with a keyframe whose words were changed. */
  constructor(list, panel, { drafts, names, reword, paint }) {
    Object.assign(this, { list, panel, drafts, names, reword, paint });
    this.selected = null;
    this.cards = new Map(); // keyframe: its card's parts
    this.opened = new Set(["brows", "lids"]);
    this.filled = null;
  }

  pick(frame) {
    this.selected = frame;
    this.show();
  }

  /** Brings cards and sliders up to date without taking the one in use away. */
  show() {
    const frames = inOrder(this.drafts.sheet.keyframes);
    if (!frames.includes(this.selected)) this.selected = frames[0] ?? null;
    for (const [frame, card] of this.cards) {
      if (frames.includes(frame)) continue;
      card.item.remove();
      this.cards.delete(frame);
    }
    for (const frame of frames) if (!this.cards.has(frame)) this.cards.set(frame, this.card(frame));
    const items = frames.map((frame) => this.cards.get(frame).item);
    if (items.some((item, i) => this.list.children[i] !== item)) this.reorder(items);
    frames.forEach((frame, i) => this.dress(frame, i));
    this.sliders();
  }

  reorder(items) {
    const held = document.activeElement;
    this.list.replaceChildren(...items);
    if (held?.isConnected && this.list.contains(held)) held.focus();
  }

  card(frame) {
    const item = document.createElement("li"), thumb = document.createElement("button"), canvas = document.createElement("canvas");
    thumb.type = "button";
    thumb.className = "thumb";
    thumb.append(canvas);
    thumb.onclick = () => this.pick(frame);
    const at = input("number", { min: EARLIEST * 100, max: LATEST * 100, step: 1 });
    at.onchange = () => this.drafts.edit(() => { frame.at = within(at.value / 100); });
    const onset = document.createElement("select");
    for (const name of ONSETS) onset.append(new Option(name, name));
    onset.onchange = () => this.drafts.edit(() => { frame.onset = onset.value; });
    const lock = input("checkbox");
    lock.onchange = () => this.drafts.edit(() => { frame.isLocked = lock.checked; });
    const words = Object.assign(document.createElement("textarea"), { rows: 3, maxLength: MAX_CAPTION });
    words.onfocus = () => { if (this.selected !== frame) this.pick(frame); };
    words.onchange = () => this.restate(frame, words);
    words.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.restate(frame, words); }
    };
    const row = document.createElement("div"), body = document.createElement("div"), told = document.createElement("small");
    row.className = "row";
    body.className = "body";
    row.append(labelled("at %", at), labelled("onset", onset), labelled("lock", lock, "check"));
    body.append(row, labelled("words", words), told);
    item.append(thumb, body);
    return { item, thumb, canvas, at, onset, lock, words, told, drawn: "" };
  }

  dress(frame, i) {
    const card = this.cards.get(frame), name = `keyframe ${i + 1}`;
    card.item.className = (frame === this.selected ? "selected" : "") + (frame.isLocked ? " locked" : "");
    card.thumb.setAttribute("aria-label", `edit ${name}`);
    card.thumb.setAttribute("aria-pressed", String(frame === this.selected));
    for (const [part, label] of [["at", "time in percent of the line"], ["onset", "onset"], ["lock", "lock"], ["words", "words"]]) {
      card[part].setAttribute("aria-label", `${label} of ${name}`);
      if (part !== "lock") card[part].disabled = frame.isLocked;
    }
    card.onset.value = frame.onset;
    card.lock.checked = frame.isLocked;
    if (document.activeElement !== card.at) card.at.value = Math.round(frame.at * 1000) / 10;
    if (document.activeElement !== card.words || !card.words.dataset.isTyped) card.words.value = frame.text;
    card.told.textContent = frame.isStale ? "the brain is asked for this face" : `${(frame.at * lengthOf(this.drafts.sheet)).toFixed(2)} s`;
    card.item.classList.toggle("stale", frame.isStale);
    const wanted = JSON.stringify(frame.values);
    if (card.drawn !== wanted) picture(card.canvas, ...THUMB, (channel) => frame.values[channel] ?? 0, this.paint());
    card.drawn = wanted;
  }

  restate(frame, words) {
    const text = words.value.trim();
    if (!text || text === frame.text) { words.value = frame.text; return; }
    this.drafts.edit(() => Object.assign(frame, { text, isStale: true }));
    this.reword(frame);
  }

  /** Draws the faces anew, as when another head was taken. */
  redraw() {
    for (const card of this.cards.values()) card.drawn = "";
    this.show();
  }

  sliders() {
    const frame = this.selected;
    this.panel.hidden = !frame;
    if (!frame) return;
    if (this.filled?.names !== this.names()) this.fill();
    for (const [channel, { slider, number, label }] of this.filled.rows) {
      const value = frame.values[channel] ?? 0;
      if (document.activeElement !== slider || +slider.value !== value) slider.value = value;
      number.textContent = value.toFixed(2);
      slider.disabled = frame.isLocked;
      label.classList.toggle("still", !value);
    }
    for (const [region, summary] of this.filled.summaries) {
      const moved = [...this.filled.rows.keys()].filter((name) => regionOf(name) === region && Math.abs(frame.values[name] ?? 0) >= 0.005);
      summary.lastChild.textContent = moved.length ? `${moved.length} moved` : "still";
    }
  }

  fill() {
    const rows = new Map(), summaries = new Map(), names = this.names();
    const regions = Object.keys(REGIONS).map((region) => {
      const details = document.createElement("details"), summary = document.createElement("summary");
      summary.append(region, document.createElement("small"));
      details.append(summary);
      details.open = this.opened.has(region);
      details.ontoggle = () => this.opened[details.open ? "add" : "delete"](region);
      for (const name of names.filter((channel) => regionOf(channel) === region)) {
        rows.set(name, this.slider(name));
        details.append(rows.get(name).label);
      }
      summaries.set(region, summary);
      return details;
    });
    this.panel.querySelector(".regions").replaceChildren(...regions);
    this.filled = { names, rows, summaries };
  }

  slider(name) {
    const label = document.createElement("label"), title = document.createElement("span"), number = document.createElement("output");
    const slider = input("range", { min: isAngle(name) ? -ANGLE : 0, max: isAngle(name) ? ANGLE : 1, step: 0.01 });
    title.textContent = name;
    slider.oninput = () => {
      const frame = this.selected;
      this.drafts.edit(() => { frame.values[name] = +slider.value; frame.isStale = false; }, `slide ${name}`);
    };
    label.append(title, slider, number);
    return { label, slider, number };
  }

  /** A new keyframe in the widest gap, with the face that `values` tells of. */
  add(at, values) {
    if (this.drafts.sheet.keyframes.length >= MAX_KEYFRAMES) return false;
    const frame = { at: within(at), onset: "ease", text: "own values", values, isLocked: false, isStale: false };
    this.drafts.edit((sheet) => { sheet.keyframes = inOrder([...sheet.keyframes, frame]); });
    this.pick(frame);
    return true;
  }

  remove() {
    const frame = this.selected;
    if (!frame || frame.isLocked) return false;
    this.drafts.edit((sheet) => { sheet.keyframes = sheet.keyframes.filter((one) => one !== frame); });
    return true;
  }
}

function input(type, more = {}) {
  return Object.assign(document.createElement("input"), { type, ...more });
}

function labelled(text, field, kind = "") {
  const label = document.createElement("label");
  label.className = kind;
  label.append(text, field);
  return label;
}
