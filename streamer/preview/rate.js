// How many frames come in a second, and how late the latest of them were.

const SECOND = 1000;
const FPS = 60;

export class Rate {
  constructor() {
    this.arrivals = []; // [when, by how much behind the steadiest of late]
    this.behind = []; // [when, milliseconds behind the frame's number]
  }

  frame(number) {
    const now = performance.now(), behind = now - (number * SECOND) / FPS;
    if (this.behind.length && Math.abs(behind - this.behind.at(-1)[1]) > 5 * SECOND) this.behind.length = 0; // another driver
    this.behind.push([now, behind]);
    while (this.behind[0][0] < now - 10 * SECOND) this.behind.shift();
    const earliest = Math.min(...this.behind.map(([, one]) => one));
    this.arrivals.push([now, behind - earliest]);
  }

  told(painted) {
    const now = performance.now();
    while (this.arrivals.length && this.arrivals[0][0] < now - SECOND) this.arrivals.shift();
    if (!this.arrivals.length) return "";
    const late = Math.max(...this.arrivals.map(([, one]) => one));
    return `${this.arrivals.length} frames/s, ${painted} drawn, at most ${Math.round(late)} ms late`;
  }
}
