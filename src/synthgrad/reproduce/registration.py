"""The claims as they stand before anything is trained on evaluation seeds, so that a later reader
can see that no result has changed them."""

import json
from datetime import UTC, datetime
from pathlib import Path

from synthgrad.reproduce.manifest import git_commit
from synthgrad.study.tables import file_checksum, replacing


def register(claims, path):
    """Write down the checksum of the file of claims, the commit and the time."""
    entry = {
        "sha256": file_checksum(claims),
        "git_commit": git_commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")


def registered(path, claims):
    """What was written down, and whether the claims are still the same."""
    entry = json.loads(Path(path).read_text(encoding="utf-8"))
    return entry | {"unchanged": entry["sha256"] == file_checksum(claims)}
