
"use strict";
// Filters and sorting. Without this everything is there, and nothing is hidden.
(() => {
  // ---- filters: a form filters the rows of the element that its data-for names ----
  const apply = (form) => {
    const box = document.getElementById(form.dataset.for);
    const text = form.elements.q.value.trim().toLowerCase();
    const wanted = [...form.querySelectorAll("select")].filter((s) => s.value).map((s) => [s.name, s.value]);
    const active = text !== "" || wanted.length > 0;
    let shown = 0, all = 0;
    for (const row of box.querySelectorAll("details.f, tbody tr")) {
      if (row.closest("details.f") !== null && !row.matches("details.f"))
        continue; // a table inside a finding
      if (row.matches("tr") && row.dataset.p === undefined)
        continue;
      all++;
      row.hidden = !(wanted.every(([name, value]) => row.dataset[name] === value) &&
                     (text === "" || row.textContent.toLowerCase().includes(text)));
      shown += row.hidden ? 0 : 1;
    }
    for (const group of box.querySelectorAll("details.rule, details.fold, details.place")) {
      const any = group.querySelector("details.f:not([hidden]), tr[data-p]:not([hidden])") !== null;
      group.hidden = active && !any;
      if (active && any)
        group.open = true;
    }
    form.querySelector("output").textContent = shown + " / " + all;
  };

  const forms = [...document.querySelectorAll("fieldset.filters")];
  for (const form of forms) {
    let waiting = 0;
    form.hidden = false;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => apply(form), 150);
    });
  }

  // ---- links: "#findings?v=fail&s=high" filters, "#r-LOC-003" opens what it leads to ----
  const follow = () => {
    const [id, query] = decodeURIComponent(location.hash.slice(1)).split("?");
    const target = id ? document.getElementById(id) : null;
    if (target === null)
      return;
    for (let at = target; at !== null; at = at.parentElement)
      if (at.matches("details"))
        at.open = true;
    const form = target.querySelector("fieldset.filters");
    if (query && form !== null) {
      const values = new URLSearchParams(query);
      for (const field of form.elements)
        if (field.name)
          field.value = values.get(field.name) || "";
      apply(form);
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  for (const form of forms)
    apply(form);
  follow();

  // ---- sorting: each head of a sortable table becomes a button ----
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell === undefined ? "" : cell.textContent.trim();
    const number = parseFloat(text.replace(/[^0-9.,-]/g, ""));
    return cell !== undefined && cell.classList.contains("n") && !Number.isNaN(number) ? number : text;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.textContent === "→" || head.textContent === "")
        return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => compare(value(a, column), value(b, column)) * (down ? -1 : 1));
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        table.tBodies[0].append(...rows);
      });
    });
  }

  // ---- printing: lists are unfolded; the evidence of a finding is printed where it was opened ----
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not(.f)")];
    folded.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((d) => { d.open = false; }));
})();
