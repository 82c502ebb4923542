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
        "manifest/digest": _checksum(manifest["digests"]["all"]),
        "manifest/claims": claims_registered(manifest["claims"]),
    }


def claims_registered(claims):
    """When the claims were fixed, and whether they have changed since."""
    commit = tex.code((claims["git_commit"] or "")[:10]) if claims["git_commit"] else ""
    commit = f", commit {commit}" if commit else ""
    since = "not changed" if claims["unchanged"] else "changed"
    return (
        f"was fixed before anything was trained on the seeds of the evaluation "
        f"({claims['date'][:10]}, checksum {_checksum(claims['sha256'])}{commit}), "
        f"and what it asks has {since} since"
    )


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
    width = 2 * TABLES_IN_A_ROW - 1
    blocks = [
        [
            tex.row(name, rf"\multicolumn{{{width}}}{{p{{0.8\linewidth}}}}{{{text}}}")
            for name, text in facts.items()
        ],
        _checksums(manifest["tables"]),
        _checksums(manifest["digests"]["experiments"] | {"all": manifest["digests"]["all"]}),
    ]
    return tex.table("ll" * TABLES_IN_A_ROW, [], blocks)


def _checksums(by_name):
    """Lines of names, each with the start of its checksum."""
    pairs = [(tex.code(name), _checksum(digest)) for name, digest in by_name.items()]
    pairs += [("", "")] * (-len(pairs) % TABLES_IN_A_ROW)
    rows = zip(*[iter(pairs)] * TABLES_IN_A_ROW, strict=True)
    return [tex.row(*(text for pair in row for text in pair)) for row in rows]


def _checksum(digest):
    return tex.code(digest[:DIGITS_OF_A_CHECKSUM])
