"""The blocks of code in the documents."""

import re
import shlex
from typing import NamedTuple

from package import ROOT

FIRST = (
    "README.md",
    "docs/running.md",
    "docs/reproducing.md",
    "config/README.md",
    "docs/extending.md",
    "CONTRIBUTING.md",
)
"""Those that build on one another, in the order in which a reader meets them."""

DOCUMENTS = (
    *FIRST,
    *sorted({f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - set(FIRST)),
)


class Block(NamedTuple):
    """A block of code: the document it is in, its language and its text."""

    document: str
    language: str
    text: str

    @property
    def path(self):
        """The file that a block shows, as its first line says, or None."""
        named = re.match(r"# (\S+\.(?:yaml|py))(, at the end)?\n", self.text)
        return named and named[1]

    @property
    def commands(self):
        """The commands of a block of shell, without their comments."""
        if self.language != "sh":
            return []
        lines = [re.sub(r"(^|\s+)#.*", "", line) for line in self.text.splitlines()]
        return [line for line in lines if shlex.split(line)]


def blocks():
    """All blocks of code, in the order in which a reader meets them."""
    return [
        Block(name, language, text)
        for name in DOCUMENTS
        for language, text in re.findall(
            r"^```(\w*)\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), flags=re.M | re.S
        )
    ]
