// What was received: each character's frames and explanations of the last while, and the line it played last.

const KEPT = 40; // seconds
const MAX_EXPLAINED = 400;

export class Takes {
  constructor() {
    this.characters = new Map(); // name: { frames: [[t, values]], explained: [{ t, channels }], take }
  }

  of(name) {
    if (!this.characters.has(name)) this.characters.set(name, { frames: [], explained: [], take: null });
    return this.characters.get(name);
  }

  /** A driver that was started again counts from the beginning. */
  frame(name, t, values) {
    const { frames } = this.of(name);
    if (frames.length && t < frames.at(-1)[0]) this.forget(name);
    frames.push([t, values]);
    if (frames[0][0] < t - KEPT) frames.splice(0, frames.findIndex(([time]) => time >= t - KEPT));
  }

  explain({ character, t, channels }) {
    const { explained } = this.of(character);
    explained.push({ t, channels });
    if (explained.length > MAX_EXPLAINED) explained.shift();
  }

  begin(name, id, time) {
    this.of(name).take = { id, time, end: null };
  }

  end(id) {
    for (const one of this.characters.values()) {
      if (one.take?.id === id) one.take.end = one.frames.at(-1)?.[0] ?? one.take.time;
    }
  }

  forget(name) {
    const one = this.of(name);
    one.frames.length = one.explained.length = 0;
    one.take = null;
  }

  /** Nearest in time among `rows`, of which `timeOf` gives the time, if it is no farther than `reach`. */
  static nearest(rows, t, timeOf, reach) {
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timeOf(rows[middle]) < t) low = middle + 1;
      else high = middle;
    }
    const near = [rows[low - 1], rows[low]].filter((row) => row && Math.abs(timeOf(row) - t) <= reach);
    return near.sort((a, b) => Math.abs(timeOf(a) - t) - Math.abs(timeOf(b) - t))[0] ?? null;
  }
}
