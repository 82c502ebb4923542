// The table of claims, and the switches that judge them again.

const AS_PUBLISHED = {budget: "all", outcome: "own", effect: "1", test: "signed ranks", alone: ""};

function asked() {
  return Object.fromEntries(
    Object.entries(AS_PUBLISHED).map(([key, own]) => [key, choice(key, own)]));
}

const isAsPublished = way => Object.keys(way).every(key => way[key] === AS_PUBLISHED[key]);

// The row of robustness.csv that answers for a claim; undefined if none does.
// An alternative that asks of a claim what an earlier one asks has no row of its own: a budget that
// its runs do not reach, a multiple of a smallest effect that it does not have, a test of none.
function judgedBy(claim, way) {
  const own = claim.again.find(row => row.kind === "as it is");
  if (!own || isAsPublished(way)) return own;
  if (way.alone) return claim.again.find(row => row.alternative === way.alone);
  const isOwn = way.budget === "all" && way.outcome === "own";
  if (!own.outcome && !isOwn) return undefined;
  const budget = Number(way.budget) < claim.epochs ? way.budget : own.budget;
  const outcome = way.outcome === "own" ? own.outcome : way.outcome;
  const rows = claim.again.filter(row =>
    row.kind !== "swap" && row.budget === budget && row.outcome === outcome);
  for (const effect of [Number(way.effect), 1])
    for (const test of [way.test, AS_PUBLISHED.test]) {
      const found = rows.find(row => row.effect === effect && row.test === test);
      if (found) return found;
    }
  return undefined;
}

function badge(text) {
  return element("span", {className: `verdict ${text.split(" ")[0]}`}, text);
}

function drawSwitches(way) {
  const {budget, outcome, effect, test, alone} = data.switches;
  const switchOf = (key, label, options) => select(key, label, options, way[key], value =>
    key === "alone"
      ? {budget: null, outcome: null, effect: null, test: null, alone: value || null}
      : {alone: null, [key]: value === AS_PUBLISHED[key] ? null : value});
  const verdicts = [...new Set(data.claims.map(claim => claim.verdict))];
  refill(byId("switches"),
    select("verdict", "show", [["", "all verdicts"], ["fragile", "fragile ones"],
      ["changed", "those that the switches change"], ...verdicts.map(name => [name, name])],
      choice("verdict"), value => ({verdict: value || null})),
    switchOf("budget", "epochs", budget.map(name => [name, name])),
    switchOf("outcome", "outcome", Object.entries(outcome)),
    switchOf("effect", "smallest effect", effect.map(name => [String(name), `× ${name}`])),
    switchOf("test", "test", test.map(name => [name, name])),
    switchOf("alone", "or one change", [["", "none"], ...alone.map(name => [name, name])]));
}

function wayInWords(way) {
  if (way.alone) return way.alone;
  const words = {
    budget: `${way.budget} epochs`,
    outcome: data.switches.outcome[way.outcome],
    effect: `smallest effect × ${way.effect}`,
    test: way.test,
  };
  return Object.keys(words).filter(key => way[key] !== AS_PUBLISHED[key])
    .map(key => words[key]).join(", ");
}

function drawClaims() {
  const way = asked();
  drawSwitches(way);
  const judged = data.claims.map(claim => ({claim, row: judgedBy(claim, way)}));
  const changes = ({row}) => row && row.verdict !== row.as_published;
  const filter = choice("verdict");
  const passes = each => !filter || each.claim.verdict === filter
    || filter === "fragile" && each.claim.robust.startsWith("fragile")
    || filter === "changed" && changes(each);
  const lines = judged.filter(passes).map(each => claimLine(each.claim, each.row, changes(each)));
  fillTable(byId("claims"), lines, key => choose({claim: key === choice("claim") ? null : key}));
  const answered = judged.filter(each => each.row);
  byId("judged").textContent = isAsPublished(way)
    ? `${lines.length} of ${data.claims.length} claims, judged as published.`
    : `${lines.length} of ${data.claims.length} claims. Judged with ${wayInWords(way)}: `
      + `${answered.filter(changes).length} of the ${answered.length} verdicts that can be asked `
      + "differ from those of the same contrasts as published.";
}

function claimLine(claim, row, changes) {
  const now = element("span", {className: changes ? "changed" : ""});
  if (isAsPublished(asked())) now.append("as published");
  else if (!row) now.append("cannot be asked");
  else {
    now.append(badge(row.verdict));
    if (changes) now.append(` was ${row.as_published}`);
    const all = claim.contrasts.length;
    if (row.contrasts < all) now.append(` (${row.contrasts} of ${all} contrasts)`);
  }
  const chosen = choice("claim") === claim.claim;
  const texts = [claim.support, claim.robust].map(text => element("span", {}, text));
  return {
    key: claim.claim,
    chosen,
    cells: [claim.statement, badge(claim.verdict), now, ...texts],
    details: chosen ? claimDetails(claim) : null,
  };
}

function claimDetails(claim) {
  const about = [`${claim.claim}; said in ${claim.source}; written ${claim.written}.`,
    claim.changed && `Changed: ${claim.changed}`,
    claim.reasons.length && `Fragile by: ${claim.reasons.join("; ")}.`, claim.note];
  const table = element("table", {},
    element("thead", {}, element("tr", {}, ...["comparison", "claimed", "found", "evidence", ""]
      .map(name => element("th", {scope: "col"}, name)))),
    element("tbody", {}, ...claim.contrasts.map(contrastLine)));
  const rest = [about.filter(Boolean).map(text => element("p", {className: "note"}, text)), table];
  return element("div", {className: "wide"}, ...rest.flat());
}

function contrastLine(contrast) {
  const found = element("td", {}, contrast.numbers);
  if (contrast.note) found.append(element("div", {className: "note"}, contrast.note));
  return element("tr", {},
    element("td", {}, contrast.name), element("td", {}, contrast.claimed), found,
    element("td", {}, badge(contrast.evidence)), element("td", {}, curvesLink(contrast)));
}

// A link to the curves of the cells of a contrast; nothing if they have none.
function curvesLink(contrast) {
  const [experiment] = contrast.cells[0] ?? [];
  const known = new Set(data.experiments[experiment]?.cells.map(cell => cell.cell));
  const cells = contrast.cells.filter(([of, cell]) => of === experiment && known.has(cell));
  if (!cells.length) return "";
  const only = cells.map(([, cell]) => cell).join(";");
  const link = element("a", {href: addressOf({experiment, only, cell: null, epoch: null, seed: null})},
    "curves");
  link.addEventListener("click", () => byId("curves-title").focus());
  return link;
}
