// Learning curves: what is shown, the chart, the table below it, and the rows behind a point.

const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [14, 3]];
const SHADES = ["#440154", "#3b528b", "#21908c", "#4aa53f", "#b5a800", "#d55e00", "#7818f2"];
const FIRST_METHODS = ["backprop", "frozen", "dni[output]", "dni[label]", "dni[output+label]"];
const unpacked = {};
let view;

async function unpack(name) {
  if (!unpacked[name]) {
    const bytes = Uint8Array.from(atob(data.experiments[name].packed), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    unpacked[name] = await new Response(stream).json();
  }
  return unpacked[name];
}

// What of an experiment is chosen, or is shown where nothing is.
function chosenCurves() {
  const names = Object.keys(data.experiments);
  const name = names.includes(choice("experiment")) ? choice("experiment") : names[0];
  const experiment = data.experiments[name];
  const {cells, factors, measures} = experiment;
  const bits = [...new Set(cells.map(cell => cell.bits))].sort((a, b) => a - b);
  const methods = Object.keys(data.looks).filter(m => cells.some(cell => cell.method === m));
  const usual = FIRST_METHODS.filter(m => methods.includes(m));
  const settings = Object.fromEntries(Object.entries(factors).map(([factor, values]) => {
    const fallback = factor === "chosen" ? values.find(value => value !== "above 0") : "";
    return [factor, choice(`set-${factor}`, fallback)];
  }));
  const only = choice("only").split(";").filter(Boolean);
  const chosen = {
    name, experiment, settings, only,
    all: {bits, methods},
    bits: choice("bits", String(bits.includes(8) ? 8 : bits[0])),
    methods: choices().has("methods") ? choice("methods").split(",")
      : methods.length > 6 && usual.length > 2 ? usual : methods,
    measure: measures.includes(choice("measure")) ? choice("measure") : measures[0],
  };
  chosen.shown = cells.map((cell, place) => ({...cell, place})).filter(cell => only.length
    ? only.includes(cell.cell)
    : (chosen.bits === "any" || String(cell.bits) === chosen.bits)
      && chosen.methods.includes(cell.method)
      && Object.entries(settings).every(([f, value]) => !value || cell.settings[f] === value));
  giveLooks(chosen);
  return chosen;
}

const inWords = factor => factor === "chosen" ? "step sizes" : factor.replaceAll("_", " ");

// A colour a method and dashes a setting; where there is one method, a colour a curve.
function giveLooks({shown}) {
  const methods = new Set(shown.map(cell => cell.method));
  const differs = key => new Set(shown.map(key)).size > 1;
  const factors = Object.keys(shown[0]?.settings ?? {}).filter(f => differs(c => c.settings[f]));
  const bits = differs(cell => cell.bits);
  const texts = shown.map(cell => [
    ...(bits ? [`${cell.bits} bits`] : []),
    ...factors.map(f => `${inWords(f)} ${cell.settings[f]}`)].join(", "));
  const distinct = [...new Set(texts)];
  shown.forEach((cell, i) => {
    const look = data.looks[cell.method];
    const place = distinct.indexOf(texts[i]);
    cell.label = [look.name, texts[i]].filter(Boolean).join(", ");
    cell.colour = methods.size > 1 || distinct.length < 2 ? look.colour : SHADES[place % SHADES.length];
    cell.dashes = distinct.length > 1 ? DASHES[place % DASHES.length] : look.dashes;
  });
}

function drawControls(chosen) {
  const {experiment, all} = chosen;
  const afresh = {only: null, cell: null, epoch: null, seed: null};
  const settings = [...choices().keys()].filter(key => key.startsWith("set-"));
  const reset = {...afresh, bits: null, methods: null, measure: null,
    ...Object.fromEntries(settings.map(key => [key, null]))};
  const pairs = values => values.map(value => [value, String(value)]);
  const any = all.bits.length > 1 ? [["any", "any"]] : [];
  byId("question").textContent = experiment.question;
  refill(byId("controls"),
    select("experiment", "experiment", pairs(Object.keys(data.experiments)), chosen.name,
      value => ({...reset, experiment: value})),
    select("measure", "measure", experiment.measures.map(m => [m, data.measures[m]]), chosen.measure),
    select("bits", "bits", [...pairs(all.bits), ...any], chosen.bits,
      value => ({...afresh, bits: value})),
    ...Object.entries(experiment.factors).map(([factor, values]) =>
      select(`set-${factor}`, inWords(factor),
        [["", "any"], ...pairs(values)], chosen.settings[factor],
        value => ({...afresh, [`set-${factor}`]: value}))));
  refill(byId("methods"), ...all.methods.map(method => methodBox(method, chosen, afresh)));
  byId("shown").textContent = chosen.only.length
    ? `The ${chosen.shown.length} curves of one comparison; change a control to see others.`
    : `${chosen.shown.length} of the ${experiment.cells.length} curves of this experiment.`;
}

function methodBox(method, {methods, shown, only}, afresh) {
  const now = only.length ? [...new Set(shown.map(cell => cell.method))] : methods;
  const box = element("input", {type: "checkbox", id: `method-${method}`, checked: now.includes(method)});
  box.addEventListener("change", () => choose({
    ...afresh,
    methods: Object.keys(data.looks).filter(m => m === method ? box.checked : now.includes(m)).join(","),
  }));
  return element("label", {}, box, ` ${data.looks[method].name}`);
}

function curveRows({shown, measure}, curves, chosenCell, epoch) {
  return shown.flatMap(cell => {
    const {epochs, curves: {[measure]: curve}, seeds} = curves[cell.place];
    if (!curve) return [];
    return epochs.map((at, i) => ({
      cell: cell.cell, label: cell.label, colour: cell.colour, dashes: cell.dashes, epoch: at,
      mean: curve.mean[i], low: curve.low[i], high: curve.high[i],
      size: cell.cell === chosenCell && at === epoch ? 200 : 30,
      numbers: `${withInterval([curve.mean[i], curve.low[i], curve.high[i]])}, ${seeds.length} seeds`,
    })).filter(row => row.mean !== null);
  });
}

function seedRows({shown, measure}, curves, name) {
  const cell = shown.find(each => each.cell === name);
  const {epochs, seeds, curves: {[measure]: curve}} = curves[cell?.place] ?? {curves: {}};
  if (!curve) return [];
  return seeds.flatMap((seed, i) => epochs.map((epoch, at) =>
    ({seed, epoch, value: curve.seeds[i][at], colour: cell.colour})))
    .filter(row => row.value !== null);
}

function key({colour, dashes}) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "key");
  picture.setAttribute("width", 34);
  picture.setAttribute("height", 8);
  picture.setAttribute("aria-hidden", "true");
  picture.innerHTML = `<line x2="34" y1="4" y2="4" stroke="${colour}" stroke-width="2.5"
    stroke-dasharray="${dashes}"/>`;
  return picture;
}

async function drawCurves() {
  const chosen = chosenCurves();
  drawControls(chosen);
  const curves = await unpack(chosen.name);
  if (chosen.name !== chosenCurves().name) return;
  const cell = chosen.shown.find(each => each.cell === choice("cell"));
  const epoch = cell && Number(choice("epoch", curves[cell.place].epochs.at(-1)));
  byId("measured").textContent = data.measures[chosen.measure];
  const outcomes = data.outcomes.slice(0, 4);
  fillHead(byId("curves"), ["curve", "seeds", ...outcomes.map(name => `${name}, mean`)]);
  fillTable(byId("curves"), chosen.shown.map(each => ({
    key: each.cell,
    chosen: each === cell,
    cells: [[key(each), each.label], String(curves[each.place].seeds.length),
      ...each.estimates.map(withInterval)],
  })), name => choose({cell: name === cell?.cell ? null : name, epoch: null, seed: null}));
  drawPoint(chosen, curves, cell, epoch);
  view.shown = {chosen, curves, cell};
  // Resized, as new numbers on the axes need other room.
  await view.data("curves", curveRows(chosen, curves, cell?.cell, epoch))
    .data("seeds", seedRows(chosen, curves, cell?.cell)).resize().runAsync();
}

// The rows behind a point: every seed of a cell at an epoch, and the command for one of them.
function drawPoint({measure, experiment}, curves, cell, epoch) {
  byId("point").hidden = !cell;
  if (!cell) return;
  const {epochs, seeds, outcomes, curves: {[measure]: curve}} = curves[cell.place];
  const seed = Number(choice("seed", seeds[0]));
  const at = epochs.indexOf(epoch);
  const name = data.measures[measure];
  const estimate = curve ? [curve.mean[at], curve.low[at], curve.high[at]] : null;
  byId("point-title").textContent =
    `${cell.label}, ${cell.bits} bits, epoch ${epoch}: ${name} ${withInterval(estimate)}`;
  refill(byId("epochs"), select("epoch", "epoch", epochs.map(each => [each, String(each)]), epoch));
  byId("command").textContent = `${data.command} ${cell.argument} --seed ${seed}`;
  byId("copied").textContent = "";
  fillHead(byId("seeds"), ["seed", `${name}, epoch ${epoch}`, ...data.outcomes]);
  fillTable(byId("seeds"), seeds.map((each, i) => ({
    key: String(each),
    chosen: each === seed,
    cells: [String(each), number(curve?.seeds[i][at] ?? null), ...outcomes[i].map(number)],
  })), value => choose({seed: value}));
}

async function makeChart() {
  ({view} = await vegaEmbed("#chart", data.chart, {actions: false, renderer: "svg"}));
  const seedsOf = name => {
    const {chosen, curves, cell} = view.shown;
    view.data("seeds", seedRows(chosen, curves, name ?? cell?.cell)).runAsync();
  };
  view.addEventListener("mouseover", (event, item) => item?.datum?.label && seedsOf(item.datum.cell));
  view.addEventListener("mouseout", () => seedsOf());
  view.addEventListener("click", (event, item) => {
    const {cell, epoch, label} = item?.datum ?? {};
    if (label) choose({cell, epoch: String(epoch), seed: null});
  });
}
