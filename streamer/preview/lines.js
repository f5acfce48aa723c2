// What was said and what came of it: a row for each line, with the milliseconds since it was sent.

const MAX_ROWS = 12;
const STEPS = ["accepted", "planned", "started", "finished"];

export class Lines {
  constructor(table) {
    this.body = table.tBodies[0];
    this.rows = new Map(); // id: { row, since, character, text }
  }

  /** A line that is on its way; one from elsewhere begins when it is first heard of. */
  begin(id, character = "", text = "") {
    const row = this.body.insertRow(0), since = performance.now();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = text || id;
    head.title = text || `line ${id}, sent from elsewhere`;
    row.append(head);
    for (const step of STEPS) row.insertCell().dataset.step = step;
    this.rows.set(id, { row, since, character, text });
    while (this.body.rows.length > MAX_ROWS) this.body.deleteRow(-1);
    for (const [old, one] of this.rows) if (!one.row.isConnected) this.rows.delete(old);
    return this.rows.get(id);
  }

  tell(step, answer, told) {
    const one = this.rows.get(answer.id) ?? this.begin(answer.id);
    const cell = one.row.querySelector(`[data-step=${step}]`), note = document.createElement("small");
    const since = performance.now() - one.since;
    note.textContent = told;
    cell.replaceChildren(`${since < 100 ? since.toFixed(1) : Math.round(since)} ms `, note);
    if (step === "finished") one.row.classList.add(answer.reason === "done" ? "done" : "cut");
  }

  /** A line that came to nothing. */
  fail(id, message) {
    const one = this.rows.get(id) ?? this.begin(id);
    const cell = one.row.querySelector("[data-step=finished]");
    cell.textContent = message;
    one.row.classList.add("cut");
  }

  of(id) {
    return this.rows.get(id);
  }
}
