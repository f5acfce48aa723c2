// Questions to the brain that nobody plays: what a line, or words, would look like.

const PATIENCE = 10000; // milliseconds

export class Plans {
  constructor(face) {
    this.face = face;
    this.waiting = new Map(); // id: { resolve, reject, timer }
    face.on("planned", (answer) => this.settle(answer.id, "resolve", answer));
    face.on("error", ({ id, message }) => this.settle(id, "reject", new Error(message)));
    face.on("close", () => { for (const id of [...this.waiting.keys()]) this.settle(id, "reject", new Error("not connected")); });
  }

  /** The answer to a plan message; rejects when the driver refuses it, is away or says nothing. */
  ask(fields) {
    const id = `plan-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id, "reject", new Error("the driver does not answer")), PATIENCE);
      this.waiting.set(id, { resolve, reject, timer });
      if (!this.face.send({ type: "plan", id, ...fields })) this.settle(id, "reject", new Error("not connected"));
    });
  }

  settle(id, how, answer) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting[how](answer);
  }

  /** Whether an answer is to one of these questions. */
  static isOf(id) {
    return Boolean(id?.startsWith("plan-"));
  }
}
