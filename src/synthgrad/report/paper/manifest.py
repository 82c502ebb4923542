"""What made the run: version, machine, times and checksums."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed, listing

TABLES_IN_A_ROW = 3
DIGITS_OF_A_CHECKSUM = 16


@numbers
def manifest_values(run):
    """What made the run: version, machine and times."""
    manifest = run.manifest
    commit, _, changes = (manifest["git_commit"] or "").partition("+")
    libraries = [" ".join(map(str, blas.values())) for blas in manifest["blas"]]
    return {
        "manifest/version": tex.escape(manifest["packages"]["synthgrad"]),
        "manifest/commit": f"commit {tex.code(commit[:10])}" if commit else "no commit recorded",
        "manifest/changes": ", with changes that are not committed" if changes else "",
        "manifest/blas": tex.escape(listing(libraries)),
        "manifest/threads": tex.plural(manifest["blas_threads"], "thread"),
        "manifest/jobs-at-once": tex.plural(manifest["jobs_at_once"], "job"),
        "manifest/overhead": overhead(manifest),
        "manifest/wall": tex.duration(manifest["wall_seconds"]),
        "manifest/cpu-time": tex.duration(manifest["cpu_seconds"]),
    }


def overhead(manifest):
    """Percentage of the time of all places for jobs in which none of them trained."""
    places = manifest["jobs_at_once"] * manifest["wall_seconds"]
    return fixed(100 * (1 - manifest["training_seconds"] / places), 0) if places else MISSING


@table("manifest")
def manifest_table(run):
    """Versions and checksums of a run."""
    manifest = run.manifest
    packages = manifest["packages"].items()
    versions = ["Python " + manifest["python"]]
    versions += [f"{name} {version}" for name, version in packages if version]
    facts = {
        "Software": tex.escape(", ".join(versions)),
        "Platform": tex.escape(f"{manifest['platform']}, {manifest['cpu']}"),
        "Config": _checksum(manifest["config_sha256"]),
    }
    tables = [(tex.code(name), _checksum(digest)) for name, digest in manifest["tables"].items()]
    tables += [("", "")] * (-len(tables) % TABLES_IN_A_ROW)
    rows = zip(*[iter(tables)] * TABLES_IN_A_ROW, strict=True)
    width = 2 * TABLES_IN_A_ROW - 1
    blocks = [
        [
            tex.row(name, rf"\multicolumn{{{width}}}{{p{{0.8\linewidth}}}}{{{text}}}")
            for name, text in facts.items()
        ],
        [tex.row(*(text for pair in row for text in pair)) for row in rows],
    ]
    return tex.table("ll" * TABLES_IN_A_ROW, [], blocks)


def _checksum(digest):
    return tex.code(digest[:DIGITS_OF_A_CHECKSUM])
