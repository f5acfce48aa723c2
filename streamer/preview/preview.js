// The preview page: faces that act, a line box, what the driver answers, and a cue sheet that can be edited and played.

import { Drafts } from "./drafts.js";
import { Editing } from "./editing.js";
import { Facecue } from "./facecue.js";
import { Faces, picture } from "./faces.js";
import { headOf, isGlb } from "./glb.js";
import { Lines } from "./lines.js";
import { showOwners } from "./owners.js";
import { painterOf } from "./model.js";
import { Plans } from "./plans.js";
import { Rate } from "./rate.js";
import { cues, csv, merged, row, sheetsOf } from "./sheet.js";
import { Takes } from "./takes.js";
import { chooseTheme } from "./theme.js";
import { Timeline } from "./timeline.js";

const EXAMPLES = [
  ["You came back. After all this time.", "joy, close to tears", ""],
  ["Of course I trust you. Why would I not?", "sarcastic", "He has betrayed her twice."],
  ["Did you hear that? No... no, it can't be. Run!", "fear turning to panic", ""],
  ["Put it down. I will not ask you a second time.", "cold anger", ""],
  ["Is that... cheese? In the soup?", "quiet disgust", ""],
  ["Maybe five blue monkeys form a very loud band.", "amused", ""],
];
const CHANNELS = ["JawOpen", "MouthSmileLeft", "BrowInnerUp", "BrowDownLeft", "EyeBlinkLeft"];
const PLAN = "plan"; // the gesture of what the brain changed
const MAX_CURVES = 8;
const EXPLAIN_WHILE_PLAYING = 200, EXPLAIN_AT_REST = 1000; // milliseconds between two questions
const LOOK = [150, 175]; // pixels of the face of a moment
const MAX_OPENED = 64 * 1024 * 1024; // bytes of a file that is dropped

const $ = (id) => document.getElementById(id);
const WORDS = ["text", "emotion", "background"];
const face = new Facecue();
const ear = new Facecue(); // hears the chosen character alone: answers about lines from elsewhere bear no name
const plans = new Plans(face), takes = new Takes(), lines = new Lines($("log")), rate = new Rate();
const drafts = new Drafts(localStorage, show);
const faces = new Faces($("faces"), () => face.names, choose);
const editing = new Editing($("keyframes"), $("editor"), { drafts, names: () => face.names, reword, paint: () => faces.paint });
const timeline = new Timeline($("timeline"), {
  drag: (frame, at) => drafts.edit(() => { frame.at = at; }, "drag"),
  pick: (frame) => { editing.pick(frame); show(); },
  hear: tellMoment,
});
const given = new Set(); // ids of lines that were sent with keyframes of their own
let anticipates = true, book = [], isOpen = false, noteTimer = 0;

timeline.channels = [...CHANNELS];
face.on("open", () => { isOpen = true; state("open", "connected"); });
face.on("close", () => { isOpen = false; state("closed", "connection lost, trying again; what you edit is kept"); });
face.on("hello", greet);
face.subscribe();
face.on("frame", ({ name, values, t }) => {
  if (!faces.shown.has(name)) meet(name);
  faces.frame(name, values);
  takes.frame(name, t, values);
});
face.on("tick", ({ frame }) => rate.frame(frame));
face.on("accepted", (answer) => tell("accepted", answer, answer.position ? `${answer.position} before it` : ""));
face.on("planned", (answer) => {
  if (Plans.isOf(answer.id)) return;
  tell("planned", answer, `${answer.keyframes.length} face${answer.keyframes.length > 1 ? "s" : ""}`);
  const own = lines.of(answer.id).character;
  if (own === drafts.name && !given.has(answer.id)) setTimeout(() => take(answer)); // what came with it is timed first
});
face.on("started", (answer) => {
  tell("started", answer, `#${answer.frame}`);
  const own = lines.of(answer.id).character;
  if (own) takes.begin(own, answer.id, answer.time);
});
ear.on("planned", (answer) => { if (!lines.of(answer.id)?.character) overhear(answer); });
ear.on("started", ({ id, time }) => { if (!lines.of(id)?.character) takes.begin(drafts.name, id, time); });
ear.subscribe([drafts.name], 1);
face.on("finished", (answer) => {
  tell("finished", answer, answer.message || answer.reason);
  takes.end(answer.id);
  given.delete(answer.id);
});
face.on("error", ({ id, message }) => {
  if (Plans.isOf(id)) return;
  if (id) lines.fail(id, message);
  note(message);
});
face.on("explained", (answer) => takes.explain(answer));

$("line").onsubmit = (event) => { event.preventDefault(); say("queue"); };
$("interrupt").onclick = () => say("interrupt");
$("plan").onclick = plan;
$("stop").onclick = () => { if (isOpen) face.stop(drafts.name); else note("not connected: nothing plays"); };
$("play").onclick = () => send("interrupt", cues(drafts.sheet));
$("add").onclick = add;
$("remove").onclick = () => { if (!editing.remove()) note("a locked keyframe stays: unlock it first"); };
$("undo").onclick = () => drafts.undo();
$("copy").onclick = () => copy(JSON.stringify(cues(drafts.sheet), null, 1), "JSON");
$("copy-csv").onclick = () => copy(csv(drafts.sheet, face.names), "CSV");
$("save").onclick = save;
$("open").onclick = () => $("file").click();
$("file").onchange = () => { open($("file").files[0]); $("file").value = ""; };
$("character").onchange = () => choose($("character").value.trim() || drafts.name);
for (const field of WORDS) $(field).oninput = () => drafts.edit((sheet) => { sheet[field] = $(field).value; }, `type ${field}`);
$("book").querySelector("select").onchange = (event) => { turnTo(+event.target.value); };
$("channel").onchange = () => {
  if ($("channel").value && timeline.channels.length < MAX_CURVES) timeline.channels.push($("channel").value);
  legend();
};
document.onkeydown = (event) => {
  const isWriting = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "range";
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); say("interrupt"); }
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !isWriting) { event.preventDefault(); drafts.undo(); }
};
document.ondragover = (event) => { event.preventDefault(); document.body.classList.add("dropping"); };
document.ondragleave = (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); };
document.ondrop = (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  if (event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
};
for (const [text, emotion, background] of EXAMPLES) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: emotion, title: text });
  button.onclick = () => {
    drafts.edit((sheet) => Object.assign(sheet, { text, emotion, background, id: "", duration: null }));
    say("interrupt");
  };
  $("examples").append(button);
}

function greet(hello) {
  state("open", `connected, brain: ${hello.model}`);
  const [first] = hello.characters;
  if (first && !hello.characters.includes(drafts.name) && !drafts.sheet.keyframes.length && !faces.shown.size) choose(first);
  for (const name of [...hello.characters, drafts.name]) faces.of(name);
  if (!$("characters").dataset.model) $("channel").append(...hello.names.map((name) => new Option(name)));
  $("characters").dataset.model = hello.model;
  $("characters").replaceChildren(...hello.characters.map((name) => new Option(name)));
  for (const frame of drafts.sheet.keyframes) if (frame.isStale) reword(frame);
  show();
}

function state(kind, text) {
  $("state").className = kind;
  $("state").textContent = text;
}

/** A sentence for the user; it goes by itself. */
function note(text) {
  $("note").textContent = text;
  $("note").hidden = false;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { $("note").hidden = true; }, 8000);
}

function tell(step, answer, told) {
  lines.tell(step, answer, told);
}

/** A character that was not here yet; who is alone on stage and meets an empty page has it. */
function meet(name) {
  const { sheet } = drafts, isWaiting = faces.shown.has(drafts.name) && faces.of(drafts.name).seen === -Infinity;
  if (isWaiting && !sheet.keyframes.length && faces.shown.size === 1) {
    faces.drop(drafts.name);
    choose(name);
  }
}

function choose(name) {
  if (name !== drafts.name) drafts.choose(name);
  ear.subscribe([name], 1);
  faces.of(name);
  show();
}

/** The wording of the line box, as far as it is filled. */
function wording() {
  const { text, emotion, background, duration } = drafts.sheet;
  const filled = Object.entries({ emotion: emotion.trim(), background: background.trim(), duration }).filter(([, value]) => value);
  return { text, ...Object.fromEntries(filled) };
}

/** Says the line as the brain sees it, with the locked keyframes as they are. */
async function say(when) {
  if (drafts.sheet.keyframes.some((frame) => frame.isLocked)) {
    if (await plan()) send(when, cues(drafts.sheet));
    return;
  }
  if (send(when)) measure();
}

/** Sends the line; `keyframes` are played as they are. */
function send(when, keyframes = null) {
  const more = { ...wording(), when, ...(keyframes ? { keyframes } : {}) };
  const id = face.line(drafts.name, more.text, more);
  if (!id) return note("not connected: the line was not sent");
  lines.begin(id, drafts.name, more.text || more.emotion || "a silent reaction");
  if (keyframes) {
    given.add(id);
    anticipates = false;
    show();
  }
  return id;
}

/** Has the line planned anew, and shows it before anybody plays it; locked keyframes stay as they are. */
async function plan() {
  const name = drafts.name;
  try {
    const answer = await plans.ask(wording());
    if (name === drafts.name) take(answer);
    return name === drafts.name;
  } catch (error) {
    note(`not planned: ${error.message}`);
    return false;
  }
}

/** Shows the keyframes of a line that another program sent; what is locked or was changed here stays. */
function overhear(answer) {
  if (drafts.steps.some(({ gesture }) => gesture !== PLAN) || drafts.sheet.keyframes.some((frame) => frame.isLocked)) {
    note("a line from elsewhere plays; the sheet that is edited stays");
  } else take(answer);
}

/** Takes over what the brain planned for the chosen character. */
function take({ keyframes, duration }) {
  anticipates = !drafts.sheet.keyframes.some((frame) => frame.isLocked);
  drafts.edit((sheet) => {
    sheet.keyframes = merged(sheet.keyframes, keyframes);
    sheet.seconds = duration ?? sheet.seconds;
  }, PLAN);
}

/** Asks how long the voice will take: a line's own answers do not say. */
async function measure() {
  const { sheet } = drafts;
  try {
    const { duration } = await plans.ask(wording());
    sheet.seconds = duration;
    drafts.keep();
    show();
  } catch { /* the guess of before stays */ }
}

/** Has the brain draw a keyframe from its words. */
async function reword(frame) {
  const { text, at, onset } = frame;
  try {
    const { keyframes: [drawn] } = await plans.ask({ keyframes: [{ text, at, onset }] });
    if (frame.text !== text || !frame.isStale) return;
    Object.assign(frame, { values: drawn.values, isStale: false });
    drafts.keep();
    show();
  } catch (error) {
    note(`the words wait for their face: ${error.message}`);
  }
}

function add() {
  const at = timeline.moment === null ? 0.5 : timeline.moment / timeline.length;
  const now = timeline.plannedAt(at * timeline.length);
  const values = Object.fromEntries(face.names.map((name) => [name, Math.round(now(name) * 1000) / 1000]));
  if (!editing.add(at, values)) note("a line has at most 8 keyframes");
}

async function copy(text, kind) {
  try {
    await navigator.clipboard.writeText(text);
    note(`copied as ${kind}`);
  } catch {
    note(`the browser does not let pages copy here; Save sheet writes the ${kind === "CSV" ? "keyframes" : "same"} to a file`);
  }
}

/** Writes the sheet, with the other lines of the file it came from, as a file that plan and render read. */
function save() {
  const here = $("book").hidden ? -1 : +$("book").querySelector("select").value;
  if (here >= 0) book[here] = structuredClone(drafts.sheet);
  const sheets = here >= 0 ? book : [drafts.sheet];
  const text = sheets.map((sheet) => JSON.stringify(row(sheet)) + "\n").join("");
  const name = (drafts.sheet.id || drafts.name).replace(/[^\w.-]+/g, "_").slice(0, 100) || "sheet";
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text])), download: `${name}.jsonl` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function open(file) {
  if (!file) return;
  if (file.size > MAX_OPENED) return note(`${file.name} is ${file.size} bytes, expected at most ${MAX_OPENED}`);
  try {
    const data = await file.arrayBuffer();
    if (isGlb(data)) await wear(file.name, data);
    else openSheet(file.name, new TextDecoder().decode(data));
  } catch (error) {
    note(error.message);
  }
}

/** Shows a head that the user brought in place of ours. */
async function wear(name, data) {
  const parts = headOf(name, data, face.names);
  faces.wear(await painterOf(parts));
  editing.redraw();
  const channels = new Set(parts.flatMap(({ targets }) => targets.map(([channel]) => channel)));
  note(`${name} is shown, with ${channels.size} of 52 shapes; a reload brings ours back`);
}

function openSheet(name, text) {
  book = sheetsOf(name, text, face.names.length ? face.names : null);
  const select = $("book").querySelector("select");
  select.replaceChildren(...book.map((sheet, i) => new Option(`${i + 1}  ${sheet.id}  ${sheet.text.slice(0, 60)}`, i)));
  $("book").hidden = book.length < 2;
  select.dataset.at = "";
  turnTo(0);
  note(`opened ${name}: ${book.length} line${book.length > 1 ? "s" : ""}`);
}

/** Shows a line of the opened file; the one that was edited before is kept with the others. */
function turnTo(i) {
  const select = $("book").querySelector("select");
  if (select.dataset.at) book[+select.dataset.at] = structuredClone(drafts.sheet);
  select.dataset.at = select.value = i;
  drafts.edit((sheet) => Object.assign(sheet, structuredClone(book[i])));
  const { keyframes } = drafts.sheet;
  anticipates = false;
  for (const frame of keyframes) if (frame.isStale) reword(frame);
  if (keyframes.length) measure();
  else plan();
}

/** Brings everything on the page up to date with the sheet. */
function show() {
  if (!drafts) return; // while it is made
  const { sheet } = drafts;
  for (const field of WORDS) if ($(field).value !== sheet[field]) $(field).value = sheet[field];
  if (document.activeElement !== $("character")) $("character").value = drafts.name;
  editing.show();
  timeline.show(sheet, editing.selected, anticipates);
  const isEmpty = !sheet.keyframes.length;
  for (const id of ["play", "copy", "copy-csv", "save", "remove"]) $(id).disabled = isEmpty;
  $("undo").disabled = !drafts.steps.length;
  $("empty").hidden = !isEmpty;
}

function legend() {
  $("legend").replaceChildren(...timeline.channels.map((name, i) => {
    const chip = Object.assign(document.createElement("button"), { type: "button", className: `chip curve-${i}`, textContent: name });
    chip.setAttribute("aria-label", `remove the curve of ${name}`);
    chip.onclick = () => { timeline.channels.splice(i, 1); legend(); };
    return chip;
  }));
  $("channel").value = "";
}

/** Shows the face of a moment and who moved it. */
function tellMoment(t) {
  const canvas = $("timeline").querySelector("canvas"), body = $("explained").tBodies[0];
  const told = t === null ? "no moment" : `${t.toFixed(2)} s`;
  canvas.setAttribute("aria-valuetext", told);
  canvas.setAttribute("aria-valuenow", (t ?? 0).toFixed(2));
  if (t === null) return;
  const history = takes.of(drafts.name), played = Timeline.playedAt(history, t);
  picture($("moment").querySelector("canvas"), ...LOOK, played ? faces.getter(played[1]) : timeline.plannedAt(t), faces.paint);
  const known = played && Takes.nearest(history.explained, played[0], (one) => one.t, 0.3);
  showOwners(body, known ? known.channels : played ? {} : plannedOwners(t));
  const by = known ? `the driver's explanation of ${(known.t - history.take.time).toFixed(2)} s` : played ? "no explanation was received" : "the expression alone, as planned";
  $("moment-told").textContent = `${told}: ${by}`;
}

function plannedOwners(t) {
  const at = timeline.plannedAt(t);
  const moved = face.names.map((name) => [name, at(name)]).filter(([, value]) => Math.abs(value) >= 0.005);
  return Object.fromEntries(moved.map(([name, value]) => [name, { value, expression: value }]));
}

/** Asks the driver who moves what, more often while a line plays, and not for a page that nobody sees. */
function inquire() {
  const { take: playing } = takes.of(drafts.name), isPlaying = playing && playing.end === null;
  const isOnStage = performance.now() - (faces.shown.get(drafts.name)?.seen ?? -Infinity) < 500;
  if (isOpen && isOnStage && !document.hidden) face.send({ type: "explain", character: drafts.name });
  setTimeout(inquire, isPlaying ? EXPLAIN_WHILE_PLAYING : EXPLAIN_AT_REST);
}

function paint() {
  faces.refresh(drafts.name);
  timeline.paint(takes.of(drafts.name), face.names);
  $("rate").textContent = rate.told(faces.painted.length);
  requestAnimationFrame(paint);
}

if (!drafts.sheet.text && !drafts.sheet.keyframes.length) drafts.sheet.text = EXAMPLES[0][0];
chooseTheme($("theme"), localStorage);
legend();
show();
inquire();
requestAnimationFrame(paint);
window.facecuePreview = { characters: faces.shown, face, drafts, takes, timeline, editing, faces, openSheet, keyframes: () => drafts.sheet.keyframes };
