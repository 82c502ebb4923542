"""The claims as they stand before anything is trained on evaluation seeds, so that a later reader
can see that no result has changed what they ask."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import yaml

from synthgrad.reproduce.manifest import git_commit, git_text
from synthgrad.study.tables import file_checksum, replacing

WORDS = ("statement", "changed", "figure")
"""What a claim says that decides nothing."""


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
    """What was written down, and whether the claims still ask the same: all but words.

    A file with another checksum is read as it was in the commit that was written down.
    """
    entry = json.loads(Path(path).read_text(encoding="utf-8"))
    now = Path(claims).read_text(encoding="utf-8")
    then = now if entry["sha256"] == file_checksum(claims) else _as_registered(entry, claims)
    return entry | {"unchanged": then is not None and _asked(then) == _asked(now)}


def _as_registered(entry, claims):
    """The text of the claims in the commit; None if it is not what was registered."""
    commit = (entry["git_commit"] or "").partition("+")[0]
    text = git_text(commit, claims) if commit else None
    known = text is not None and hashlib.sha256(text.encode()).hexdigest() == entry["sha256"]
    return text if known else None


def _asked(text):
    content = yaml.safe_load(text)
    for claim in content["claims"].values():
        for word in WORDS:
            claim.pop(word, None)
    return content
