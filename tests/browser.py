"""Pages as a real browser shows them: Chromium without a window, and scripts that look around.

A script is put into a copy of the page, so that nothing but Chromium is needed.
"""

import html
import json
import re
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")

LIMIT = 120
"""Seconds after which Chromium counts as stuck."""

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    # No page may need anything from elsewhere.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # Waiting in scripts takes no time.
    "--virtual-time-budget=600000",
)

WATCH = """<script>
window.complaints = [];
console.error = (...words) => complaints.push(words.map(String).join(" "));
addEventListener("error", e => complaints.push(e.message || `${e.target.src} not loaded`), true);
addEventListener("unhandledrejection", e => complaints.push(String(e.reason)));
const wait = time => new Promise(done => setTimeout(done, time));
async function until(find) {
  for (let i = 0; i < 100; i++) {
    const found = find();
    if (found) return found;
    await wait(50);
  }
  throw new Error(`waited in vain for ${find}`);
}
</script>"""

LOOK = """<script>
addEventListener("load", async () => {
  let seen = null;
  try { seen = await (async () => { %s })(); }
  catch (problem) { complaints.push(String(problem)); }
  const loaded = performance.getEntriesByType("resource").map(entry => entry.name);
  const note = document.createElement("pre");
  note.id = "notes";
  note.textContent = JSON.stringify({seen, complaints, loaded});
  document.body.replaceChildren(note);
});
</script>"""


def find():
    """The path of Chromium, None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def visit(page, script, folder, choice=""):
    """Open a file of HTML and run a script in it.

    Parameters
    ----------
    page : Path
    script : str, the body of an async function in JavaScript, which can use
        ``until(function)`` to wait for something
    folder : Path to an empty folder
    choice : str, what stands in the address after ``#``

    Returns
    -------
    dict with ``seen``, what the script returned, ``complaints``, the errors of
    the page, and ``loaded``, the addresses of what it loaded
    """
    text = page.read_text(encoding="utf-8")
    assert "<head>" in text
    copy = folder / "page.html"
    text = text.replace("<head>", "<head>" + WATCH, 1)
    copy.write_text(text + LOOK % script, encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [find(), *OPTIONS, profile, "--dump-dom", f"{copy.as_uri()}#{choice}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    notes = re.search(r'<pre id="notes">(.*?)</pre>', done.stdout, flags=re.S)
    assert notes, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return json.loads(html.unescape(notes[1]))
