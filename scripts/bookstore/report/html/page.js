"use strict";
(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  // Backends: a box turns all that is of its backend on and off, in every picture.
  const board = document.querySelector(".switches");
  if (board) {
    board.hidden = false;
    const parts = all("[data-backend]");
    const show = () => {
      const off = new Set(all("input", board).filter((box) => !box.checked).map((box) => box.value));
      for (const part of parts) part.classList.toggle("off", off.has(part.dataset.backend));
    };
    board.addEventListener("change", show);
    show(); // a browser may remember what was off
  }

  // Tables: by the column whose head is pressed, up, then down; cells of no number last.
  const before = (a, b, down) => {
    const [x, y] = [a, b].map((cell) => ("value" in cell.dataset ? Number(cell.dataset.value) : NaN));
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    const order = Number.isNaN(x) ? a.textContent.localeCompare(b.textContent) : x - y;
    return down ? -order : order;
  };
  for (const button of all("button.sort")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const body = head.closest("table").tBodies[0];
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentElement.cells) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = Array.from(body.rows);
      rows.sort((a, b) => before(a.cells[head.cellIndex], b.cells[head.cellIndex], down));
      body.append(...rows);
    });
  }

  // Commands: to the clipboard, or marked to be copied by hand where there is none.
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      area.style.cssText = "position:fixed;top:0;left:0;opacity:0";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const mark = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  for (const button of all("button.copy")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const done = await copied(button.dataset.command);
      button.focus();
      if (!done) mark(button.parentElement.querySelector("code"));
      button.textContent = done ? "Copied" : "Marked: copy it by hand";
      setTimeout(() => { button.textContent = label; }, 2500);
    });
  }

  // Points: what each tells stands below its picture; by pointer, or by arrow keys from the picture itself.
  for (const figure of all("figure")) {
    const picture = figure.querySelector(".picture");
    const output = figure.querySelector(".told");
    const told = new Map();
    for (const point of all(".point", picture)) {
      const title = point.querySelector(":scope > title");
      told.set(point, title.textContent);
      title.remove(); // else the browser tells it a second time
    }
    if (!told.size) continue;
    const hint = "Left and right arrow keys go from point to point; Enter copies the command of its row.";
    picture.setAttribute("aria-description", hint);
    let now = null;
    const tell = (point) => {
      if (now) now.classList.remove("now");
      now = point;
      if (now) now.classList.add("now");
      output.textContent = now ? told.get(now) : "";
    };
    const copyRow = async () => {
      if (!now || !now.dataset.row) return;
      const command = `build/release/${now.dataset.row}`;
      output.textContent = ((await copied(command)) ? "Copied: " : "Copy by hand: ") + command;
    };
    picture.addEventListener("mouseover", (event) => {
      const point = event.target.closest(".point");
      if (point) tell(point);
    });
    picture.addEventListener("click", (event) => {
      const point = event.target.closest(".point");
      if (!point) return;
      tell(point);
      copyRow();
    });
    picture.addEventListener("keydown", (event) => {
      if (event.key === "Enter") return void copyRow();
      if (event.key === "Escape") return tell(null);
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const shown = Array.from(told.keys()).filter((point) => !point.closest(".off"));
      if (!shown.length) return tell(null);
      const at = shown.indexOf(now);
      tell(shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : (at + step + shown.length) % shown.length]);
      now.scrollIntoView({ block: "nearest", inline: "center" });
    });
    picture.addEventListener("focusin", () => { if (!now && picture.matches(":focus-visible")) output.textContent = hint; });
    picture.addEventListener("focusout", () => tell(null));
  }
})();
