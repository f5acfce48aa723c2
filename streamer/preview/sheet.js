// A cue sheet on the page: a line with its keyframes, as it is edited, saved, opened again and sent.
//
// A keyframe is { at, onset, text, values, isLocked, isStale }: `at` is a share of the line's duration, `values` holds
// channels by name; a stale one has new words whose values are still to come.

export const EARLIEST = -0.25, LATEST = 1.25, MAX_KEYFRAMES = 8, MAX_CAPTION = 500;
export const ONSETS = ["snap", "ease", "slow"];
const NEAR = 0.06; // a planned keyframe this close to a locked one says the same
const MAX_FILE = 4 * 1024 * 1024; // characters: thousands of lines
const TEXTS = { text: 2000, emotion: 200, background: 2000 };
const FIELDS = ["id", "line", "text", "emotion", "background", "duration", "keyframes"];

/** A sheet with nothing on it but what is given; `duration` is the voice's where known, `seconds` the driver's guess. */
export function blank(given = {}) {
  return { id: "", text: "", emotion: "", background: "", duration: null, seconds: null, keyframes: [], ...given };
}

export const isAngle = (channel) => /Yaw|Pitch|Roll$/.test(channel);

/** A time that the driver takes, to half a percent. */
export const within = (at) => Math.round(Math.min(Math.max(Number(at) || 0, EARLIEST), LATEST) * 200) / 200;

/** What was planned anew, with the locked keyframes as they were. */
export function merged(old, planned) {
  const locked = old.filter((frame) => frame.isLocked);
  const others = planned.filter((frame) => locked.every((one) => Math.abs(one.at - frame.at) > NEAR));
  const fresh = others.slice(0, MAX_KEYFRAMES - locked.length);
  return inOrder([...locked, ...fresh.map((frame) => ({ ...frame, isLocked: false, isStale: false }))]);
}

export const inOrder = (keyframes) => [...keyframes].sort((a, b) => a.at - b.at);

/** The keyframes as the driver and the sheets take them; stale ones have words only. */
export function cues(sheet) {
  return inOrder(sheet.keyframes).map(({ at, onset, text, values, isStale }) => (
    isStale ? { at, onset, text } : { at, onset, text, values }));
}

/** The seconds of the line, as far as one knows. */
export const lengthOf = (sheet) => sheet.duration ?? sheet.seconds ?? 2;

/** The sheet as one row of a file, with the names of a line's own fields. */
export function row(sheet) {
  const { id, text, emotion, background, duration } = sheet;
  const filled = Object.entries({ id, text, emotion, background, duration }).filter(([, value]) => value);
  return { ...Object.fromEntries(filled), ...(sheet.keyframes.length ? { keyframes: cues(sheet) } : {}) };
}

/** The keyframes as CSV: time, onset, caption, then a column for each channel. */
export function csv(sheet, names) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = inOrder(sheet.keyframes).map(({ at, onset, text, values }) => (
    [at, onset, quoted(text), ...names.map((name) => values[name] ?? 0)].join(",")));
  return [["at", "onset", "text", ...names].join(","), ...rows].join("\r\n") + "\r\n";
}

/** The sheets in a file; throws an Error that a person can read. */
export function sheetsOf(name, text, names = null) {
  if (text.length > MAX_FILE) throw new Error(`${name} has ${text.length} characters, expected at most ${MAX_FILE}`);
  const found = [];
  for (const [i, line] of text.replace(/^\uFEFF/, "").split(/\r?\n/).entries()) {
    if (!line.trim()) continue;
    try {
      found.push(sheetOf(JSON.parse(line), names));
    } catch (error) {
      const reason = error instanceof SyntaxError ? "not JSON, expected one object a line" : error.message;
      throw new Error(`${name} is no cue sheet: line ${i + 1} is ${reason}`);
    }
  }
  if (!found.length) throw new Error(`${name} is no cue sheet: it is empty`);
  return found;
}

/** One sheet from a row of a file or from what the page kept; channels are looked up in `names` where those are known. */
export function sheetOf(given, names = null) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Error("no object");
  const unknown = Object.keys(given).find((field) => !FIELDS.includes(field));
  if (unknown) throw new Error(`about ${JSON.stringify(unknown.slice(0, 40))}, expected ${FIELDS.join(", ")}`);
  const sheet = blank({ id: words(given.id, "id", 128), text: words(given.text ?? given.line, "text", TEXTS.text) });
  for (const field of ["emotion", "background"]) sheet[field] = words(given[field], field, TEXTS[field]);
  if (Number.isFinite(given.duration) && given.duration > 0 && given.duration <= 600) sheet.duration = given.duration;
  const rows = given.keyframes ?? [];
  if (!Array.isArray(rows) || rows.length > MAX_KEYFRAMES) {
    throw new Error(`with keyframes that are no list of at most ${MAX_KEYFRAMES}`);
  }
  sheet.keyframes = inOrder(rows.map((one, i) => keyframeOf(one, i, rows.length, names)));
  return sheet;
}

function keyframeOf(given, i, count, names) {
  const where = `keyframe ${i + 1}`;
  if (typeof given !== "object" || given === null) throw new Error(`with a ${where} that is no object`);
  if (given.acts) throw new Error(`with acts in ${where}: facecue plan turns them into values`);
  const text = words(given.text, `${where}'s text`, MAX_CAPTION);
  if (!given.values && !text) throw new Error(`with neither text nor values in ${where}`);
  const values = Object.fromEntries((names ?? Object.keys(given.values ?? {})).map((name) => [name, 0]));
  for (const [name, value] of Object.entries(given.values ?? {})) {
    if (!(name in values)) throw new Error(`with an unknown channel ${JSON.stringify(name.slice(0, 40))} in ${where}`);
    if (!Number.isFinite(value)) throw new Error(`with ${name} in ${where} that is no number`);
    values[name] = value;
  }
  return {
    at: within(given.at ?? (i + 1) / (count + 1)), onset: ONSETS.includes(given.onset) ? given.onset : "ease",
    text: text || "own values", values, isLocked: given.isLocked === true, isStale: !given.values || given.isStale === true,
  };
}

function words(given, field, longest) {
  const text = given ?? "";
  if (typeof text !== "string") throw new Error(`with a ${field} that is no text`);
  if (text.length > longest) throw new Error(`with ${text.length} characters in ${field}, expected at most ${longest}`);
  return text;
}
