// A small client for Facecue: connect, send lines, receive frames. No dependencies; copy it into your own page.
//
//   const face = new Facecue("ws://127.0.0.1:8765");
//   face.on("frame", ({ values, name }) => ...);          // 61 numbers, in the order of face.names
//   face.on("planned", (answer) => ...);                  // and hello, accepted, started, finished, error, explained
//   face.subscribe(["*"]);
//   face.line("guard", "Halt! Who goes there?", { emotion: "suspicious" });
//
// It reconnects by itself, with growing pauses, and subscribes again.

export class Facecue {
  /** @param {string} url of the driver, with ?token=... where it asks for one */
  constructor(url = `ws://${location.host}${location.search}`) {
    this.url = url;
    this.names = [];
    this.listeners = {};
    this.subscription = null;
    this.pause = 250;
    this.connect();
  }

  /** Calls `listener` with every answer of a kind; "open" and "close" tell of the connection. */
  on(kind, listener) {
    (this.listeners[kind] ??= []).push(listener);
    return this;
  }

  /** Asks for the frames of some characters, at so many a second; "binary" ones bring Float32Arrays. */
  subscribe(characters = ["*"], rate = 60, format = "json") {
    this.subscription = { type: "subscribe", characters, format, rate };
    this.send(this.subscription);
  }

  /** Sends a line; `more` holds any other field of it. Returns its id. */
  line(character, text, more = {}) {
    const id = more.id ?? `web-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 6)}`;
    return this.send({ type: "line", character, text, ...more, id }) ? id : null;
  }

  /** Ends what a character, or everyone ("*"), plays. */
  stop(character = "*", fade = 0.25) {
    this.send({ type: "stop", character, fade });
  }

  /** Sends any message; returns whether there is a connection. */
  send(message) {
    const isOpen = this.socket?.readyState === WebSocket.OPEN;
    if (isOpen) this.socket.send(JSON.stringify(message));
    return isOpen;
  }

  connect() {
    this.socket = new WebSocket(this.url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.pause = 250;
      if (this.subscription) this.send(this.subscription);
      this.tell("open", {});
    };
    this.socket.onmessage = ({ data }) => this.receive(typeof data === "string" ? JSON.parse(data) : unpack(data));
    this.socket.onclose = () => {
      this.tell("close", {});
      setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(this.pause * 2, 4000);
    };
  }

  receive(message) {
    if (message.type === "hello") this.names = message.names;
    if (message.type !== "frame") return this.tell(message.type, message);
    for (const [name, values] of Object.entries(message.characters)) {
      this.tell("frame", { name, values, frame: message.frame, t: message.t });
    }
    this.tell("tick", message);
  }

  tell(kind, message) {
    for (const listener of this.listeners[kind] ?? []) listener(message);
  }
}

// A binary frame, as protocols/frames.py describes it, in the form of a JSON one.
function unpack(buffer) {
  const view = new DataView(buffer);
  const [width, count] = [view.getUint8(1), view.getUint16(2, true)];
  let at = 24 + 4 * width * count; // where the names begin
  const characters = Array.from({ length: count }, (_, i) => {
    const name = new TextDecoder().decode(new Uint8Array(buffer, at + 2, view.getUint16(at, true)));
    at += 2 + view.getUint16(at, true);
    return [name, new Float32Array(buffer, 24 + 4 * width * i, width)];
  });
  const [seq, frame, t] = [view.getUint32(4, true), view.getUint32(8, true), view.getFloat64(16, true)];
  return { type: "frame", seq, frame, t, characters: Object.fromEntries(characters) };
}
