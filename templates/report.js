"use strict";
(() => {
  const text = (row, at) => row.cells[at].textContent.trim();
  for (const table of document.querySelectorAll("table:not(.matrix, .plain)")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      const figures = head.classList.contains("n");
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => {
          const said = text(row, at);
          const number = Number.parseFloat(said);
          return figures ? (Number.isNaN(number) ? Infinity : number) : said;
        };
        const compare = (a, b) => (figures ? (a === b ? 0 : a - b) : a.localeCompare(b, "en", { numeric: true }));
        const keyed = [...body.rows].map((row) => [key(row), row]);
        keyed.sort(([a], [b]) => (down ? -compare(a, b) : compare(a, b)));
        body.append(...keyed.map(([, row]) => row));
      });
    });
    if (rows.length < 12) continue;
    const label = document.createElement("label");
    const input = document.createElement("input");
    const shown = document.createElement("output");
    input.type = "search";
    label.append("Filter ", input);
    shown.setAttribute("aria-live", "polite");
    const filter = document.createElement("div");
    filter.className = "filter";
    filter.append(label, shown);
    table.closest("figure").prepend(filter);
    const lower = rows.map((row) => row.textContent.toLowerCase());
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let count = 0;
      rows.forEach((row, at) => {
        row.hidden = !lower[at].includes(wanted);
        count += row.hidden ? 0 : 1;
      });
      shown.textContent = `${count} of ${rows.length} rows`;
    });
  }
})();
