import json

import pytest

from synthgrad.reproduce import receipt
from synthgrad.reproduce.manifest import made_with


def test_a_receipt_is_for_programs_and_for_readers(tmp_path):
    receipt.write("check", {"identical": 3}, "Three are identical.", tmp_path / "new")
    content = json.loads((tmp_path / "new" / "receipt.json").read_text())
    assert content["command"] == "synthgrad check"
    assert content["identical"] == 3
    text = (tmp_path / "new" / "receipt.txt").read_text()
    machine = receipt.machine_text(content["machine"])
    assert text == f"synthgrad check\n\nThree are identical.\n\n{machine}\n"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "receipt.json",
        "receipt.txt",
    ]


def test_the_last_check_stands_there_and_says_what_it_was(tmp_path):
    for command in ("verify", "spotcheck"):
        receipt.write(command, {}, "", tmp_path)
        content = json.loads((tmp_path / "receipt.json").read_text())
        assert content["command"] == f"synthgrad {command}"
        assert (tmp_path / "receipt.txt").read_text().startswith(f"synthgrad {command}\n")


def test_what_is_not_known_of_a_machine_is_said():
    machine = made_with() | {"git_commit": None, "cpu_vectors": [], "cpu": "Some CPU"}
    text = receipt.machine_text(machine)
    assert f"(sources {machine['sources_sha256']})" in text
    assert "on Some CPU (no vector instructions that are known; " in text


def test_a_receipt_of_before_kernels_were_recorded_is_a_sentence_too():
    machine = made_with() | {"compiled_for": "NUMBA_CPU_NAME=x86-64-v3"}
    assert "; kernels for NUMBA_CPU_NAME=x86-64-v3; " in receipt.machine_text(machine)
    del machine["kernels"], machine["compiled_for"]
    assert "kernels" not in receipt.machine_text(machine)


def test_a_number_that_json_does_not_have_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Out of range"):
        receipt.write("check", {"value": float("nan")}, "", tmp_path)
    assert list(tmp_path.iterdir()) == []
