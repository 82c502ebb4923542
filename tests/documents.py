"""The blocks of code in README.md, config/README.md and CONTRIBUTING.md."""

import re
import shlex
from typing import NamedTuple

from package import ROOT

DOCUMENTS = ("README.md", "config/README.md", "CONTRIBUTING.md")


class Block(NamedTuple):
    """A block of code: the document it is in, its language and its text."""

    document: str
    language: str
    text: str

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
