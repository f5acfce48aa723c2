// Types of streamer/preview/facecue.js; keep this file beside your copy of it.

export interface Frame {
  name: string; // of the character
  values: number[] | Float32Array; // 52 weights (0..1), then 9 rotations (radians), in the order of names
  frame: number;
  t: number; // seconds since the driver started
}

export interface Keyframe {
  at: number; // of the line's duration, 0..1
  onset?: "snap" | "ease" | "slow";
  text?: string;
  values?: Record<string, number>;
}

export interface Line {
  emotion?: string;
  background?: string;
  id?: string;
  duration?: number; // seconds of your audio
  delay?: number | "signal"; // seconds until the voice starts
  when?: "queue" | "interrupt" | "if_idle";
  priority?: number;
  ttl?: number;
  intensity?: number;
  phones?: unknown;
  audio?: string;
  keyframes?: Keyframe[];
}

export interface Answers {
  open: Record<string, never>;
  close: Record<string, never>;
  hello: { version: number; fps: number; names: string[]; units: Record<string, string>; characters: string[]; model: string };
  accepted: { id: string; position: number };
  planned: { id: string; keyframes: Required<Keyframe>[] };
  started: { id: string; frame: number; time: number };
  finished: { id: string; reason: "done" | "interrupted" | "stopped" | "expired" | "refused" };
  error: { id?: string; code: string; message: string };
  explained: Record<string, unknown>;
  frame: Frame;
  tick: { seq: number; frame: number; t: number; characters: Record<string, number[] | Float32Array> };
}

export class Facecue {
  constructor(url?: string);
  names: string[]; // of the channels; empty until the first hello
  on<Kind extends keyof Answers>(kind: Kind, listener: (answer: Answers[Kind]) => void): this;
  subscribe(characters?: string[], rate?: number, format?: "json" | "binary"): void;
  line(character: string, text: string, more?: Line): string | null; // its id; null without a connection
  stop(character?: string, fade?: number): void;
  send(message: object): boolean;
}
