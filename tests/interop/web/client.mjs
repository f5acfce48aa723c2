// node client.mjs MODULE URL: two clients of the guard, one for JSON and one for binary frames. Every answer is a line of
// JSON on standard output; as soon as both have frames, the first says a line, once.

const [, , module, url] = process.argv;
const { Facecue } = await import(module);

const seen = new Set();
const clients = ["json", "binary"].map((format) => {
  const face = new Facecue(url);
  face.on("frame", (frame) => {
    if (frame.name === "guard") tell(format, "frame", { frame: frame.frame, values: [...frame.values] });
    if (seen.size === 2 || seen.add(format).size < 2) return;
    tell("json", "id", clients[0].line("guard", "Halt! Who goes there?", { emotion: "suspicious", duration: 1 }));
  });
  face.on("tick", ({ characters }) => tell(format, "kinds", Object.values(characters).map((values) => values.constructor.name)));
  for (const kind of ["open", "close", "hello", "accepted", "planned", "started", "finished", "error"])
    face.on(kind, (answer) => tell(format, kind, answer));
  face.subscribe(["guard", "Dieb ü"], 60, format);
  return face;
});

function tell(who, kind, what) {
  console.log(JSON.stringify({ who, kind, what }));
}
