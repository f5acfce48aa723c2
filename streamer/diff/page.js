import { draw } from "facecue/face.js";

const told = JSON.parse(document.getElementById("figures").textContent);
const [WIDTH, HEIGHT] = [156, 182], SHARPNESS = 2;
const KINDS = ["came", "went", "grew", "shrank"];
const MOST = 10; // rows of a table before the rest is folded

/** An element with its attributes and what stands in it: text stays text. */
function element(tag, attributes = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...inside);
  return made;
}

const two = (value) => value.toFixed(2), percent = (value) => `${Math.round(100 * value)} %`;
const arrow = ([before, after], show = two) => `${show(before)} → ${show(after)}`;

function summary() {
  document.getElementById("names").append(element("b", {}, told.before), " → ", element("b", {}, told.after), `, on ${told.changes.length} lines (${told.lines})`);
  const figures = { "median change": two(told.median_change), "mean correlation": two(told.mean_similarity), "energy": `× ${two(told.energy_ratio)}`, "unchanged": percent(told.unchanged) };
  for (const [name, value] of Object.entries(figures)) document.getElementById("summary").append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

function table(title, heads, rows) {
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  const whole = element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {}, head)))), element("tbody", {}, ...body));
  body.slice(MOST).forEach((row) => (row.hidden = true));
  const more = element("button", { textContent: `${rows.length - MOST} more`, hidden: rows.length <= MOST });
  more.onclick = () => { body.forEach((row) => (row.hidden = false)); more.hidden = true; };
  document.getElementById("tables").append(element("div", {}, element("h2", {}, title), whole, more));
}

function tables() {
  table("Feelings", ["feeling", "lines", "change", "correlation", "energy"],
    told.feelings.map(({ feeling, lines, size, similarity, energy }) => [feeling, lines, bar(size), two(similarity), arrow(energy)]));
  table("Acts, over all lines", ["act", "seen in lines", "strength there"],
    told.acts.map(({ words, lines, strength }) => [words, arrow(lines, String), arrow(strength)]));
}

function bar(size) {
  const filled = element("i", {});
  filled.style.width = percent(Math.min(size, 1)).replace(" ", "");
  return element("span", { className: "bar" }, element("span", {}, filled), two(size));
}

/** Faces are drawn when they come into sight: a sheet can have thousands. */
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    draw(target.getContext("2d"), target.width, target.height, (name) => target.face[name] ?? 0);
  }
}, { rootMargin: "600px" });

function keyframe({ at, onset, text, values }) {
  const canvas = element("canvas", { width: WIDTH * SHARPNESS, height: HEIGHT * SHARPNESS, face: values });
  watcher.observe(canvas);
  return element("figure", {}, canvas, element("figcaption", {}, element("b", {}, `${percent(at)} ${onset}`), ` ${text}`));
}

const side = (name, keyframes) => element("div", { className: "side" }, element("h4", {}, name), element("div", { className: "faces" }, ...keyframes.map(keyframe)));

function shifts(acts) {
  if (!acts.length) return element("p", {}, "no act by 0.1 or more");
  return element("dl", {}, ...KINDS.filter((kind) => acts.some((act) => act.kind === kind)).flatMap((kind) => [element("dt", { className: kind }, kind),
    ...acts.filter((act) => act.kind === kind).map(({ words, before, after }) => element("dd", {}, `${words} `, element("small", {}, arrow([before, after]))))]));
}

function line(change) {
  const words = change.line || change.before.map(({ text }) => text).join("; ");
  const head = element("h3", {}, change.line ? `“${words}”` : words, change.emotion ? element("em", {}, change.emotion) : "");
  const figures = element("p", { className: "figures" }, bar(change.change), ` correlation ${two(change.similarity)}, energy ${arrow(change.energy)}`);
  const background = change.background ? element("p", { className: "background" }, change.background) : "";
  const item = element("li", {}, head, background, figures,
    element("div", { className: "sides" }, side("before", change.before), side("after", change.after), element("div", { className: "shifts" }, element("h4", {}, "acts"), shifts(change.acts))));
  item.words = item.textContent.toLowerCase();
  return item;
}

function lines() {
  const items = told.changes.map(line), filter = document.getElementById("filter");
  document.getElementById("lines").append(...items);
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    items.forEach((item) => (item.hidden = !words.every((word) => item.words.includes(word))));
    document.getElementById("count").textContent = `${items.filter((item) => !item.hidden).length} of ${items.length}`;
  };
  filter.oninput = show;
  show();
}

summary();
tables();
lines();
