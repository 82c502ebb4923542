// What is chosen stands in the address after #; all else is drawn from it.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);

function choices() {
  return new URLSearchParams(location.hash.slice(1));
}

function choice(key, fallback = "") {
  return choices().get(key) ?? fallback;
}

// Change some choices; those that are null go. The change of the address draws the page anew.
function choose(changes) {
  location.hash = addressOf(changes);
}

function addressOf(changes, present = choices()) {
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) present.delete(key);
    else present.set(key, value);
  }
  return "#" + present;
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// A select with its label: options are pairs of value and text.
function select(key, label, options, chosen, changes = value => ({[key]: value})) {
  const made = element("select", {id: `choose-${key}`});
  made.append(...options.map(([value, text]) =>
    element("option", {value, selected: String(value) === String(chosen)}, text)));
  made.addEventListener("change", () => choose(changes(made.value)));
  return element("label", {className: "choice"}, label, made);
}

// Put new children into a parent; what had the focus has it again.
function refill(parent, ...children) {
  const focused = parent.contains(document.activeElement) && document.activeElement.id;
  parent.replaceChildren(...children);
  if (focused) byId(focused)?.focus({preventScroll: true});
}

// Four digits are shown; the tables have more.
function number(value) {
  return value === null ? "–" : String(Number(value.toPrecision(4)));
}

function withInterval(estimate) {
  if (!estimate) return "–";
  const [mean, low, high] = estimate.map(number);
  return `${mean} [${low}, ${high}]`;
}
