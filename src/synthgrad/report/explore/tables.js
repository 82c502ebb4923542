// Tables in which each row has a button: arrow keys go from one to the next.

// rows: {key, cells, chosen, details}; the first cell is the text of the button, `details` is what
// an open row shows below it, undefined where rows do not open. `onChoose` is given the key.
function fillTable(table, rows, onChoose) {
  const made = rows.flatMap(row => {
    const state = row.details === undefined ? "aria-pressed" : "aria-expanded";
    const button = element("button", {type: "button", className: "row", id: `${table.id}-${row.key}`});
    button.append(...[row.cells[0]].flat());
    button.setAttribute(state, String(row.chosen));
    const cells = row.cells.slice(1).map(cell =>
      element("td", {className: typeof cell === "string" ? "number" : ""}, cell));
    const line = element("tr", {className: row.chosen ? "chosen" : ""},
      element("td", {}, button), ...cells);
    line.addEventListener("click", () => onChoose(row.key));
    if (!row.chosen || !row.details) return [line];
    const inside = element("td", {className: "details", colSpan: row.cells.length}, row.details);
    return [line, element("tr", {}, inside)];
  });
  refill(table.tBodies[0], ...made);
}

function fillHead(table, names) {
  const cells = names.map(name => element("th", {scope: "col"}, name));
  table.tHead.replaceChildren(element("tr", {}, ...cells));
}

const STEPS = {
  ArrowDown: at => at + 1, ArrowUp: at => at - 1, Home: () => 0, End: (at, count) => count - 1,
};

document.addEventListener("keydown", event => {
  const table = event.target.closest?.("button.row")?.closest("table");
  if (!table || !STEPS[event.key]) return;
  event.preventDefault();
  const buttons = [...table.querySelectorAll("button.row")];
  buttons[STEPS[event.key](buttons.indexOf(event.target), buttons.length)]?.focus();
});
