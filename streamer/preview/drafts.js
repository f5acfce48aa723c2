// What is being edited: a sheet for each character, kept here and in the browser's own storage, with the way back.

import { blank, sheetOf } from "./sheet.js";

const KEY = "facecue.drafts";
const MAX_KEPT = 16; // characters
const MAX_UNDO = 50; // steps
const SAME_GESTURE = 1000; // milliseconds: a slider that moves is one step back

export class Drafts {
  /** `storage` outlives the page, as localStorage does; `changed` is called after every change. */
  constructor(storage, changed) {
    this.storage = storage;
    this.changed = changed;
    this.sheets = new Map();
    this.steps = [];
    this.name = "Mira";
    this.restore();
  }

  get sheet() {
    if (!this.sheets.has(this.name)) this.sheets.set(this.name, blank());
    return this.sheets.get(this.name);
  }

  /** Turns to a character; a new one takes over the words that stand there. */
  choose(name) {
    const { text, emotion, background } = this.sheet;
    if (!this.sheets.has(name)) this.sheets.set(name, blank({ text, emotion, background }));
    this.name = name;
    this.steps = [];
    this.keep();
    this.changed();
  }

  /** Changes the sheet; `gesture` names what belongs to one step back. */
  edit(change, gesture = "") {
    const last = this.steps.at(-1), now = performance.now();
    if (gesture && last?.gesture === gesture && now - last.at < SAME_GESTURE) last.at = now;
    else this.steps.push({ gesture, at: now, before: JSON.stringify(this.sheet) });
    if (this.steps.length > MAX_UNDO) this.steps.shift();
    change(this.sheet);
    this.keep();
    this.changed();
  }

  undo() {
    const step = this.steps.pop();
    if (!step) return false;
    this.sheets.set(this.name, JSON.parse(step.before));
    this.keep();
    this.changed();
    return true;
  }

  /** Keeps the drafts, the present one as the latest; a browser without room for them keeps them on the page only. */
  keep() {
    const { sheet } = this;
    this.sheets.delete(this.name);
    this.sheets.set(this.name, sheet);
    while (this.sheets.size > MAX_KEPT) this.sheets.delete(this.sheets.keys().next().value);
    try {
      this.storage.setItem(KEY, JSON.stringify([...this.sheets]));
    } catch { /* the storage is full or forbidden */ }
  }

  restore() {
    try {
      for (const [name, { seconds, ...given }] of JSON.parse(this.storage.getItem(KEY) ?? "[]")) {
        this.sheets.set(String(name), { ...sheetOf(given), seconds: Number(seconds) || null });
        this.name = String(name);
      }
    } catch { /* nothing was kept, or by another page */ }
  }
}
