// The page of facecue prefer: two faces act a line at once, and one says which is better. Blind: nothing here knows whose
// the takes are.

import { Facecue } from "./facecue.js";
import { Faces } from "./faces.js";
import { chooseTheme } from "./theme.js";

const SIDES = ["left", "right"];
const KEYS = { 1: "left", 2: "right", 0: "same" };
const BUTTONS = { left: "1", right: "2" };
const SHOWN = 250; // milliseconds that a choice is seen before the next pair

const $ = (id) => document.getElementById(id);
const face = new Facecue();
const faces = new Faces($("faces"), () => face.names, choose);
let pair = null, chosen = null, isOpen = false, noteTimer = 0;

for (const side of SIDES) {
  const key = Object.assign(document.createElement("kbd"), { textContent: BUTTONS[side] });
  const { button, canvas } = faces.of(side);
  button.replaceChildren(key, side === "left" ? "Left is better" : "Right is better");
  button.dataset.choice = side;
  canvas.setAttribute("aria-label", `the ${side} face`);
}
face.on("open", () => { isOpen = true; state("open", "connected"); });
face.on("close", () => {
  isOpen = false;
  state("closed", pair && !pair.id ? "facecue prefer has ended" : "connection lost, trying again; every choice so far is stored");
  show();
});
face.on("frame", ({ name, values }) => { if (SIDES.includes(name)) faces.frame(name, values); });
face.on("pair", (next) => {
  const isNew = next.id !== pair?.id, wait = chosen ? SHOWN : 0;
  pair = next;
  setTimeout(() => {
    if (pair !== next) return;
    chosen = null;
    show();
    if (isNew && pair.id) play();
  }, wait);
});
face.on("error", ({ message }) => note(message));
face.subscribe(SIDES);

$("choices").querySelector("[data-choice]").onclick = () => choose("same");
$("again").onclick = play;
$("undo").onclick = undo;
document.onkeydown = (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
  const act = event.key in KEYS ? () => choose(KEYS[event.key]) : { " ": play, Backspace: undo }[event.key];
  if (!act) return;
  event.preventDefault(); // a button that has the focus is not pressed besides
  act();
};
document.onkeyup = (event) => { if (event.key === " ") event.preventDefault(); };

function choose(choice) {
  if (!pair?.id || chosen) return;
  if (!face.send({ type: "choose", id: pair.id, choice })) return note("not connected: nothing was stored");
  chosen = choice;
}

function undo() {
  if (!pair?.last || chosen) return;
  if (!face.send({ type: "choose", id: pair.last, choice: null })) note("not connected: nothing was taken back");
}

/** Both faces act the line at once. */
function play() {
  if (!pair?.id) return;
  const { text, left, right } = pair;
  const isSent = [["left", left], ["right", right]].map(([side, keyframes]) => face.line(side, text, { keyframes, when: "interrupt" }));
  if (!isSent[0]) note("not connected: nothing plays");
}

/** Brings the page up to date with the pair. */
function show() {
  if (!pair) return;
  const { number, total, id, last, text = "", emotion = "", background = "" } = pair;
  $("count").textContent = id ? `${number} of ${total}` : `All ${total} are chosen: the terminal has the result`;
  $("progress").max = total || 1;
  $("progress").value = id ? number - 1 : total;
  $("text").textContent = id ? text || "(no words)" : "Thank you.";
  $("scene").textContent = [emotion, background].filter(Boolean).join(" · ");
  for (const side of SIDES) $(side).replaceChildren(...(pair[side] ?? []).map(caption));
  $("faces").hidden = !id;
  for (const button of document.querySelectorAll("[data-choice], #again")) Object.assign(button, { disabled: !isOpen, hidden: !id });
  $("undo").disabled = !last || !isOpen;
}

function caption({ at, text }) {
  const row = document.createElement("li"), time = document.createElement("span");
  time.textContent = `${Math.round(at * 100)} %`;
  row.append(time, ` ${text}`);
  return row;
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

function paint() {
  faces.refresh(chosen);
  requestAnimationFrame(paint);
}

chooseTheme($("theme"), localStorage);
requestAnimationFrame(paint);
window.facecuePrefer = { face, faces, pair: () => pair };
