"""The receipt of a check: what was found, and with which version on which machine."""

import json
from pathlib import Path

from synthgrad.reproduce.manifest import made_with
from synthgrad.study.tables import replacing

FOLDER = "results"
"""Where receipts go, below the present folder."""


def write(command, found, text, folder=FOLDER):
    """Write `receipt.json` and `receipt.txt`, in place of those of an earlier check.

    Parameters
    ----------
    command : str
        What checked.
    found : dict
        Plain data, for programs.
    text : str
        The same for readers.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    machine = made_with()
    content = {"command": f"synthgrad {command}", "machine": machine, **found}
    whole = f"{content['command']}\n\n{text}\n\n{machine_text(machine)}\n"
    written = {"json": json.dumps(content, indent=2, allow_nan=False) + "\n", "txt": whole}
    for ending, each in written.items():
        with replacing(Path(folder, f"receipt.{ending}")) as temporary:
            temporary.write_text(each, encoding="utf-8")


def machine_text(machine):
    """What `made_with` says, in a sentence."""
    versions = [f"{name} {machine['packages'][name]}" for name in ("numpy", "numba", "llvmlite")]
    vectors = ", ".join(machine["cpu_vectors"]) or "no vector instructions that are known"
    compiled_for = machine.get("compiled_for", "this CPU")  # which older receipts do not say
    told = f"; kernels for {compiled_for}" if compiled_for != "this CPU" else ""
    commit = machine["git_commit"]
    code = f"commit {commit}" if commit else f"sources {machine['sources_sha256']}"
    return (
        f"Checked on {machine['date']} with synthgrad {machine['packages']['synthgrad']} "
        f"({code}), Python {machine['python']}, {', '.join(versions)}, on {machine['cpu']} "
        f"({vectors}{told}; {machine['platform']})."
    )
