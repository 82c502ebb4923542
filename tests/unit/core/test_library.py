"""What is kept of the compiled kernels, and where."""

import subprocess
import sys

import pytest

from synthgrad.core.kernels.engine import library


@pytest.fixture
def compiled(monkeypatch):
    """How often something is compiled, which here takes no time."""
    calls = []

    def compile_():
        calls.append(1)
        return b"machine code"

    monkeypatch.setattr(library, "_compile", compile_)
    return calls


def test_kernels_that_are_kept_are_loaded_without_numba():
    library.load()
    code = (
        "import sys; from synthgrad.core.kernels.engine.library import load; load(); "
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_they_are_kept_in_the_first_place_that_is_writable(compiled, tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    places = [file / "kernels", tmp_path / "cache" / "kernels", tmp_path / "other" / "kernels"]
    assert library._compile_and_keep(places) == b"machine code"
    assert [library._read(path) for path in places] == [None, b"machine code", None]
    assert [path.name for path in places[1].parent.iterdir()] == ["kernels"]
    assert capsys.readouterr().err == ""


def test_where_nothing_is_writable_one_line_says_so(compiled, tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    assert library._compile_and_keep([file / "kernels"]) == b"machine code"
    (line,) = capsys.readouterr().err.splitlines()
    assert str(file) in line
    assert "cannot be written to" in line


@pytest.mark.parametrize("damage", [lambda kept: kept[:-1], lambda kept: kept[:5], lambda _: b""])
def test_damaged_machine_code_is_not_loaded(tmp_path, damage):
    path = tmp_path / "kernels"
    library._keep(b"machine code", path)
    path.write_bytes(damage(path.read_bytes()))
    assert library._read(path) is None


def test_another_cpu_and_other_sources_have_other_machine_code(monkeypatch, tmp_path):
    own = library.digest()
    with monkeypatch.context() as patch:
        patch.setenv("NUMBA_CPU_NAME", "x86-64-v2")
        assert library.digest() != own
    for path in library.HERE.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(library, "HERE", tmp_path)
    assert library.digest() == own
    (tmp_path / "codes.py").write_text("# edited")
    assert library.digest() != own


def test_who_has_no_home_has_only_the_first_place(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(library.Path, "home", no_home)
    assert library._user_cache() == []
