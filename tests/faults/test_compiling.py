"""The kernels are compiled whatever Numba is told."""

from synthgrad.core.kernels.engine import library


def test_they_are_compiled_where_numba_is_told_not_to(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    code = library._compile()
    assert code[:4] == b"\x7fELF"
