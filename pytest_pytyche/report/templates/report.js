"use strict";
const PAGE = 100;
const UNDEFINED = "–";

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`);

const formatted = (field, value) => {
  if (value === null || value === undefined || value === "") return field.kind === "text" ? "" : UNDEFINED;
  if (field.kind === "share") return `${(100 * value).toFixed(1)} %`;
  if (field.kind !== "number") return String(value).replaceAll("_", field.key === "verdict" ? " " : "_");
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
};

class Rows {
  constructor(source) {
    Object.assign(this, source);
    this.visible = this.fields.filter((field) => !field.opened);
    this.hidden = this.fields.filter((field) => field.opened);
    this.all = Array.from({ length: this.height }, (_, row) => row);
    this.inner = source.children ? new Rows(source.children) : null;
    if (this.inner) this.index = this.inner.grouped(this.by);
  }

  isText(key) { return this.columns[key].levels !== undefined; }

  value(key, row) {
    const column = this.columns[key];
    return column.levels === undefined ? column[row] : column.levels[column.codes[row]];
  }

  grouped(keys) {
    const found = new Map();
    for (const row of this.all) {
      const key = JSON.stringify(keys.map((name) => this.value(name, row)));
      if (found.has(key)) found.get(key).push(row);
      else found.set(key, [row]);
    }
    return found;
  }

  behind(row) { return this.index.get(JSON.stringify(this.by.map((name) => this.value(name, row)))) || []; }

  /* Each word has to stand in one of the texts of a row: looked up once per different text, not once per row. */
  matching(words, chosen) {
    const texts = this.fields.filter((field) => field.kind === "text").map((field) => this.columns[field.key]);
    const hits = words.map((word) => texts.map((column) => column.levels.map((text) => (text || "").toLowerCase().includes(word))));
    return this.all.filter((row) =>
      hits.every((hit) => hit.some((levels, i) => levels[texts[i].codes[row]])) &&
      chosen.every(([key, code]) => this.columns[key].codes[row] === code));
  }

  sorted(rows, key, direction) {
    const column = this.columns[key];
    let rank = (row) => column[row];
    if (column.levels !== undefined) {
      const order = column.levels.map((text, code) => [text || "", code]).sort((a, b) => a[0].localeCompare(b[0]));
      const places = [];
      order.forEach(([, code], place) => { places[code] = place; });
      rank = (row) => places[column.codes[row]];
    }
    return [...rows].sort((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      if (x === null || y === null) return (x === null) - (y === null) || a - b;
      return direction * (x - y) || a - b;
    });
  }
}

class DataTable {
  constructor(host) {
    this.rows = new Rows(JSON.parse(host.querySelector("script").textContent));
    this.name = host.dataset.name;
    this.order = null;
    this.limit = PAGE;
    this.opened = new Set();
    this.status = element("span", { role: "status", class: "soft" });
    this.body = element("tbody");
    this.more = element("button", { type: "button", class: "more", onclick: () => { this.limit += PAGE; this.show(); } });
    const table = element("table", { "aria-labelledby": `${this.name}-title` }, element("thead", {}, this.head()), this.body);
    host.querySelector(".scriptless").remove();
    host.append(this.tools(), element("div", { class: "scroll" }, table), this.more);
    this.update();
  }

  tools() {
    this.search = element("input", { type: "search", oninput: () => this.update() });
    const tools = element("div", { class: "tools" }, element("label", {}, "Filter by words", this.search));
    this.selects = [];
    for (const field of this.rows.visible.filter((each) => each.choose)) {
      const levels = this.rows.columns[field.key].levels;
      if (levels.length < 2) continue;
      const select = element("select", { onchange: () => this.update() }, element("option", { value: "" }, "all"));
      levels.forEach((text, code) => select.append(element("option", { value: code }, formatted(field, text) || "(none)")));
      tools.append(element("label", {}, field.label, select));
      this.selects.push([field.key, select]);
    }
    tools.append(this.status);
    return tools;
  }

  head() {
    const row = element("tr");
    this.headers = new Map();
    for (const field of this.rows.visible) {
      const button = element("button", { type: "button", onclick: () => this.sort(field) }, field.label);
      const cell = element("th", { scope: "col", "aria-sort": "none", class: field.kind === "text" ? "text" : null }, button);
      this.headers.set(field.key, cell);
      row.append(cell);
    }
    return row;
  }

  sort(field) {
    const first = field.kind === "text" ? 1 : -1;
    const same = this.order && this.order.key === field.key;
    this.order = { key: field.key, direction: same ? -this.order.direction : first };
    for (const [key, cell] of this.headers) {
      const here = key === field.key;
      cell.setAttribute("aria-sort", here ? (this.order.direction > 0 ? "ascending" : "descending") : "none");
    }
    this.update();
  }

  update() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = this.selects.filter(([, select]) => select.value !== "").map(([key, select]) => [key, Number(select.value)]);
    const found = this.rows.matching(words, chosen);
    this.found = this.order ? this.rows.sorted(found, this.order.key, this.order.direction) : found;
    this.limit = PAGE;
    this.show();
  }

  show() {
    const shown = this.found.slice(0, this.limit);
    this.body.replaceChildren(...shown.flatMap((row) => this.line(row)));
    const left = this.found.length - shown.length;
    this.more.hidden = left === 0;
    this.more.textContent = `Show ${Math.min(left, PAGE)} more of ${left.toLocaleString("en")}`;
    this.status.textContent = `${this.found.length.toLocaleString("en")} of ${this.rows.height.toLocaleString("en")}`;
  }

  line(row) {
    const line = element("tr");
    this.rows.visible.forEach((field, place) => {
      const text = formatted(field, this.rows.value(field.key, row));
      const content = field.key === "verdict" ? element("span", { class: `badge ${this.rows.value(field.key, row).toLowerCase()}` }, text) : text;
      const cell = place ? element("td", { class: field.kind === "text" ? "text" : null }, content) : element("th", { scope: "row" }, this.opener(row, line, text), content);
      line.append(cell);
    });
    return this.opened.has(row) ? [line, this.details(row)] : [line];
  }

  opener(row, line, text) {
    const open = this.opened.has(row);
    const button = element("button", { type: "button", class: "open", "aria-expanded": String(open), "aria-label": `Details of ${text}` }, open ? "−" : "+");
    button.addEventListener("click", () => {
      const opening = !this.opened.has(row);
      if (opening) { this.opened.add(row); line.after(this.details(row)); }
      else { this.opened.delete(row); line.nextElementSibling.remove(); }
      button.setAttribute("aria-expanded", String(opening));
      button.textContent = opening ? "−" : "+";
    });
    return button;
  }

  details(row) {
    const cell = element("td", { colspan: this.rows.visible.length });
    const facts = this.rows.hidden.filter((field) => ![null, ""].includes(this.rows.value(field.key, row)));
    if (facts.length) cell.append(element("dl", {}, ...facts.flatMap((field) => [
      element("dt", {}, field.label), element("dd", {}, formatted(field, this.rows.value(field.key, row)))])));
    if (this.rows.inner) cell.append(this.behind(row));
    return element("tr", { class: "opened" }, cell);
  }

  /* The rows behind one: seeds of a spec with the command that fits each again, runs of a scenario with their timelines. */
  behind(row) {
    const inner = this.rows.inner;
    const fields = inner.visible.filter((field) => !this.rows.by.includes(field.key));
    const commands = this.rows.command !== null;
    const head = element("tr", {}, ...fields.map((field) => element("th", { scope: "col", class: field.kind === "text" ? "text" : null }, field.label)));
    if (commands) head.append(element("th", { scope: "col", class: "text" }, "run it again"));
    const body = element("tbody");
    for (const each of this.rows.behind(row)) {
      const line = element("tr", {}, ...fields.map((field) => element("td", { class: field.kind === "text" ? "text" : null }, formatted(field, inner.value(field.key, each)))));
      if (commands) line.append(element("td", { class: "text" }, element("code", {}, this.command(inner, each))));
      body.append(line, ...this.story(inner, each, fields.length));
    }
    return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The rows behind" }, element("table", {}, element("thead", {}, head), body));
  }

  command(inner, row) {
    const [catalog, spec, seed, estimator] = ["catalog", "spec", "seed", "estimator"].map((key) => inner.value(key, row));
    const { options, nodes } = this.rows.command;
    return ["pytest", ...options, `--pytyche-estimator=${estimator}`, `${nodes[catalog]}::estimate[${spec}-s${seed}-${estimator}]`].map(quoted).join(" ");
  }

  story(inner, row, width) {
    const [command, timeline, place] = ["command", "timeline", "story"].map((key) => (inner.columns[key] ? inner.value(key, row) : ""));
    const parts = [];
    if (place) parts.push(element("p", {}, element("a", { href: `#${place}` }, "What was said and done")));
    if (command) parts.push(element("code", {}, command));
    if (timeline) parts.push(element("pre", { tabindex: 0, "aria-label": "Timeline" }, timeline));
    return parts.length ? [element("tr", {}, element("td", { colspan: width, class: "text" }, ...parts))] : [];
  }
}

/* A link to a conversation opens it, in browsers that do not do so by themselves too. */
const reveal = () => {
  const place = document.getElementById(location.hash.slice(1));
  const folded = place && place.closest("details");
  if (folded) { folded.open = true; folded.scrollIntoView(); }
};
addEventListener("hashchange", reveal);
reveal();

for (const host of document.querySelectorAll(".data")) new DataTable(host);
