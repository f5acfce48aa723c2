// The preview page: faces that act, a line box, what the driver answers, and keyframes that can be edited and played.
import { Facecue } from "./facecue.js";
import { draw } from "./face.js";

const EXAMPLES = [
  ["You came back. After all this time.", "joy, close to tears", ""],
  ["Of course I trust you. Why would I not?", "sarcastic", "He has betrayed her twice."],
  ["Did you hear that? No... no, it can't be. Run!", "fear turning to panic", ""],
  ["Put it down. I will not ask you a second time.", "cold anger", ""],
  ["Is that... cheese? In the soup?", "quiet disgust", ""],
  ["Maybe five blue monkeys form a very loud band.", "amused", ""],
];
const CURVES = [["JawOpen", "#c4605a"], ["MouthSmileLeft", "#4c9a6a"], ["BrowInnerUp", "#5b7fc7"], ["BrowDownLeft", "#a36bb5"], ["EyeBlinkLeft", "#c99a3c"]];
const SECONDS = 6;

const $ = (id) => document.getElementById(id);
const face = new Facecue();
const characters = new Map(); // name: { canvas, values, isNew }
const sent = new Map(); // line id: { at, character, text }
let keyframes = [], planned = null, playing = null, history = [], ticks = [], late = 0;

face.on("open", () => state("open", "connected"));
face.on("close", () => state("closed", "connection lost, trying again"));
face.on("hello", (hello) => {
  state("open", `connected, brain: ${hello.model}`);
  for (const name of hello.characters) character(name);
});
face.subscribe();
face.on("frame", ({ name, values, t }) => {
  const one = character(name);
  one.values = values;
  one.isNew = true;
  if (name === chosen()) history.push([t, CURVES.map(([channel]) => values[face.names.indexOf(channel)])]);
});
face.on("tick", () => {
  const now = performance.now();
  if (ticks.length) late = Math.max(late * 0.98, now - ticks.at(-1) - 1000 / 60);
  ticks.push(now);
  while (ticks[0] < now - 1000) ticks.shift();
});
for (const kind of ["accepted", "planned", "started", "finished", "error"]) face.on(kind, (answer) => tell(kind, answer));
face.on("planned", ({ id, keyframes: frames }) => {
  const locked = keyframes.filter((frame) => frame.isLocked);
  planned = id;
  keyframes = sent.get(id)?.isEdited ? keyframes : [...locked, ...frames.map((frame) => ({ ...frame, words: frame.text, isLocked: false }))].sort((a, b) => a.at - b.at).slice(0, 8);
  show();
});
face.on("started", ({ id, time }) => { playing = { id, time }; });
face.on("explained", explain);

$("line").addEventListener("submit", (event) => { event.preventDefault(); say("queue"); });
$("interrupt").onclick = () => say("interrupt");
$("stop").onclick = () => face.stop(chosen());
$("explain").onclick = () => face.send({ type: "explain", character: chosen() });
$("play").onclick = () => say("interrupt", edited());
$("copy").onclick = () => navigator.clipboard?.writeText(JSON.stringify(edited(), null, 1));
$("save").onclick = () => {
  const sheet = JSON.stringify({ id: planned, line: $("text").value, emotion: $("emotion").value, background: $("background").value, keyframes: edited() });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([sheet + "\n"])), download: `${planned}.jsonl` });
  link.click();
};
for (const [text, emotion, background] of EXAMPLES) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: emotion });
  button.title = text;
  button.onclick = () => { $("text").value = text; $("emotion").value = emotion; $("background").value = background; say("interrupt"); };
  $("examples").append(button);
}

function chosen() { return $("character").value.trim() || "Mira"; }

function state(kind, text) {
  $("state").className = kind;
  $("state").textContent = text;
}

function say(when, frames) {
  const more = { when };
  for (const field of ["emotion", "background"]) if ($(field).value.trim()) more[field] = $(field).value.trim();
  if (frames) more.keyframes = frames;
  const at = performance.now(), id = face.line(chosen(), $("text").value, more);
  if (id) sent.set(id, { at, isEdited: Boolean(frames) });
  else tell("error", { message: "not connected" });
}

function tell(kind, answer) {
  const told = { accepted: () => (answer.position ? `${answer.position} before it` : ""), planned: () => `${answer.keyframes.length} keyframes`,
    started: () => `frame ${answer.frame}`, finished: () => answer.reason, error: () => answer.message }[kind]();
  const since = sent.has(answer.id) ? `${(performance.now() - sent.get(answer.id).at).toFixed(1)} ms` : "";
  const row = $("log").tBodies[0].insertRow(0);
  for (const text of [since, kind, told]) row.insertCell().textContent = text;
  while ($("log").rows.length > 8) $("log").deleteRow(-1);
  if (kind === "finished") sent.delete(answer.id);
}

function character(name) {
  if (characters.has(name)) return characters.get(name);
  const figure = document.createElement("figure"), canvas = document.createElement("canvas"), caption = document.createElement("figcaption");
  caption.textContent = name;
  figure.append(canvas, caption);
  figure.onclick = () => { $("character").value = name; history = []; };
  $("faces").append(figure);
  const one = { figure, canvas, values: new Array(61).fill(0), isNew: true };
  characters.set(name, one);
  return one;
}

// What is sent when edited keyframes are played: values, or only the words where those were changed.
function edited() {
  return keyframes.map(({ at, onset, text, words, values }) => (words === text ? { at, onset, text, values } : { at, onset, text: words }));
}

function show() {
  $("keyframes").replaceChildren(...keyframes.map(row));
  for (const id of ["play", "copy", "save"]) $(id).disabled = !keyframes.length;
  ruler();
}

function row(frame) {
  const item = document.createElement("li"), line = document.createElement("div");
  line.className = "row";
  const at = Object.assign(document.createElement("input"), { type: "number", className: "at", min: -0.25, max: 1.25, step: 0.01, value: frame.at, title: "when, as a share of the line" });
  at.onchange = () => { frame.at = Math.min(Math.max(+at.value || 0, -0.25), 1.25); ruler(); };
  const onset = document.createElement("select");
  for (const name of ["snap", "ease", "slow"]) onset.append(new Option(name, name, false, name === frame.onset));
  onset.onchange = () => { frame.onset = onset.value; };
  const lock = Object.assign(document.createElement("input"), { type: "checkbox", checked: frame.isLocked });
  lock.onchange = () => { frame.isLocked = lock.checked; ruler(); };
  const label = document.createElement("label");
  label.append(lock, " lock");
  line.append(at, onset, label);
  const words = Object.assign(document.createElement("textarea"), { rows: 2, value: frame.words, title: "change the words and the brain draws the face anew" });
  words.onchange = () => { frame.words = words.value.trim() || frame.text; };
  item.append(line, words, sliders(frame));
  frame.input = at;
  return item;
}

function sliders(frame) {
  const all = document.createElement("details"), summary = document.createElement("summary");
  summary.textContent = "values";
  all.append(summary);
  all.ontoggle = () => {
    if (all.children.length > 1) return;
    for (const [name, value] of Object.entries(frame.values).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))) {
      const isAngle = /Yaw|Pitch|Roll/.test(name), label = document.createElement("label"), number = document.createElement("span");
      const slider = Object.assign(document.createElement("input"), { type: "range", min: isAngle ? -0.6 : 0, max: isAngle ? 0.6 : 1, step: 0.01, value });
      number.textContent = value.toFixed(2);
      slider.oninput = () => { frame.values[name] = +slider.value; number.textContent = slider.value; };
      label.append(name, slider, number);
      all.append(label);
    }
  };
  return all;
}

const place = (at) => `${((at + 0.25) / 1.5) * 100}%`;

function ruler() {
  $("ruler").replaceChildren(...keyframes.map((frame) => {
    const mark = document.createElement("i");
    mark.style.left = place(frame.at);
    mark.title = frame.words;
    mark.className = frame.isLocked ? "locked" : "";
    mark.onpointerdown = (event) => mark.setPointerCapture(event.pointerId);
    mark.onpointermove = (event) => {
      if (!mark.hasPointerCapture(event.pointerId)) return;
      const box = $("ruler").getBoundingClientRect();
      frame.at = Math.round(Math.min(Math.max(((event.clientX - box.left) / box.width) * 1.5 - 0.25, -0.25), 1.25) * 100) / 100;
      frame.input.value = frame.at;
      mark.style.left = place(frame.at);
    };
    return mark;
  }));
}

function explain({ channels }) {
  const rows = Object.entries(channels).sort((a, b) => Math.abs(b[1].value) - Math.abs(a[1].value)).slice(0, 16);
  $("explained").tBodies[0].replaceChildren(...rows.map(([name, { value, ...layers }]) => {
    const line = document.createElement("tr");
    const shares = Object.entries(layers).map(([layer, share]) => `${layer} ${share > 0 ? "+" : ""}${share.toFixed(2)}`).join("  ");
    for (const text of [name, value.toFixed(2), shares]) line.insertCell().textContent = text;
    return line;
  }));
}

function curves() {
  const canvas = $("curves"), context = canvas.getContext("2d");
  canvas.width = canvas.clientWidth * devicePixelRatio;
  canvas.height = 120 * devicePixelRatio;
  const end = history.at(-1)?.[0] ?? 0;
  while (history.length && history[0][0] < end - SECONDS) history.shift();
  CURVES.forEach(([, colour], i) => {
    context.beginPath();
    for (const [t, values] of history) context.lineTo(canvas.width * (1 - (end - t) / SECONDS), canvas.height * (0.97 - 0.94 * values[i]));
    context.strokeStyle = colour;
    context.lineWidth = 1.5 * devicePixelRatio;
    context.stroke();
  });
}

function paint() {
  for (const [name, one] of characters) {
    one.figure.className = name === chosen() ? "chosen" : "";
    const [width, height] = [one.canvas.clientWidth * devicePixelRatio, one.canvas.clientHeight * devicePixelRatio];
    if (!one.isNew && one.canvas.width === width) continue;
    [one.canvas.width, one.canvas.height] = [width, height];
    one.isNew = false;
    draw(one.canvas.getContext("2d"), width, height, (channel) => one.values[face.names.indexOf(channel)] ?? 0);
  }
  curves();
  $("rate").textContent = ticks.length ? `${ticks.length} frames/s, ${Math.max(late, 0).toFixed(0)} ms late at most` : "";
  requestAnimationFrame(paint);
}

$("legend").append(...CURVES.map(([name, colour]) => Object.assign(document.createElement("span"), { textContent: `— ${name}  `, style: `color: ${colour}` })));
requestAnimationFrame(paint);
window.facecuePreview = { characters, face, keyframes: () => keyframes };
