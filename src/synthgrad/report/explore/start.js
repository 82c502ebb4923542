// The page is drawn once at its start, and whenever the address changes.

async function draw() {
  drawClaims();
  await drawCurves();
}

for (const link of document.querySelectorAll("[data-jump]"))
  link.addEventListener("click", event => {
    event.preventDefault();
    byId(link.dataset.jump).focus();
  });

for (const form of document.forms) form.addEventListener("submit", event => event.preventDefault());

byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(byId("command").textContent);
  byId("copied").textContent = "Copied.";
});

byId("about").textContent = `From ${data.source}${data.preset === "full" ? "" : ", which are not for citing"}. `
  + "What you choose stands in the address of this page: copy it to point to what you see.";

// Where the address says what to look at, the page opens there: at curves, or at a claim.
function goToChosen() {
  const curves = choice("experiment") || choice("cell");
  const chosen = byId(curves ? "curves-title" : `claims-${choice("claim")}`);
  chosen?.focus();
  chosen?.scrollIntoView();
}

makeChart().then(draw).then(() => {
  addEventListener("hashchange", draw);
  goToChosen();
  document.body.dataset.ready = "yes";
});
