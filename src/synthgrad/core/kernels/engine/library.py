"""The interpreter as machine code: compiled once for a CPU, kept, and loaded without Numba.

What is kept is named by what it was made from: a digest of the files in this
folder, the CPU, and the versions of Numba and LLVM. It lies beside this file or,
where that is not writable, in the user's cache folder.
"""

import ctypes
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock

import llvmlite.binding as llvm

HERE = Path(__file__).parent
WHOLE_VECTORS = ",-prefer-256-bit"
"""With AVX-512 LLVM would take vectors of half the length where it is left to it; here whole ones
pay, for exponentials by a fifth."""

WHOLE_NUMBERS = 8
"""Arguments of `interpreter.run`."""


_lock = Lock()


def load() -> Callable[..., None]:
    """The compiled `interpreter.run`, as a function of whole numbers.

    Returns
    -------
    callable
        Other threads go on while it runs.
    """
    with _lock:
        return _load()


@cache
def _load():
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name = f"kernels-{digest()}"
    places = [folder / name for folder in (HERE / "__pycache__", *_user_cache())]
    kept = (_read(path) for path in places)
    machine_code = next((code for code in kept if code), None) or _compile_and_keep(places)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
    engine.finalize_object()
    return _callable(engine, engine.get_function_address("run"))


def digest():
    """What decides the machine code, in 16 hexadecimal digits."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.py"))]
    decisive = [*sources, version("numba"), version("llvmlite"), *cpu()]
    return hashlib.sha256("\0".join(decisive).encode()).hexdigest()[:16]


def cpu():
    """The CPU for which to compile and its features, by LLVM's names; Numba's variables can say."""
    named = os.environ.get("NUMBA_CPU_NAME", "")
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None and named:
        features = ""
    elif features is None:
        has = llvm.get_host_cpu_features()
        features = has.flatten() + (WHOLE_VECTORS if has.get("avx512f") else "")
    return named or llvm.get_host_cpu_name(), features


def target_machine():
    """What makes machine code for that CPU."""
    name, features = cpu()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=name, features=features, opt=3, jit=True)


def _callable(engine, address):
    """A function of an engine at an address.

    It is called in Numba's way: room for a result and for an error comes first.
    """
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64] * (2 + WHOLE_NUMBERS))(address)
    unused = ctypes.create_string_buffer(16)
    place = ctypes.addressof(unused)

    def run(*whole_numbers):
        function(place, place, *whole_numbers)

    run.kept = engine, unused
    return run


def _compile_and_keep(places):
    if sys.stderr.isatty():
        print("Compiling the kernels for this CPU (once, some ten seconds) ...", file=sys.stderr)
    machine_code = _compile()
    if not any(_keep(machine_code, path) for path in places):
        print(
            f"The compiled kernels cannot be kept: {' and '.join(str(p.parent) for p in places)} "
            "cannot be written to. They will be compiled at every start.",
            file=sys.stderr,
        )
    return machine_code


def _compile():
    """The machine code of `interpreter.run`, from a process in which nothing else uses Numba."""
    _, features = cpu()
    path = os.pathsep.join([str(HERE.parents[3]), os.environ.get("PYTHONPATH", "")])
    chosen = {"NUMBA_CPU_FEATURES": features, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "0"}
    module = "synthgrad.core.kernels.engine.compiling"
    return subprocess.run(
        [sys.executable, "-m", module], env=os.environ | chosen, stdout=subprocess.PIPE, check=True
    ).stdout


def _checksum(machine_code):
    return hashlib.sha256(machine_code).digest()


def _read(path):
    """The machine code that is kept there, or None if it is not, or is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    size = len(_checksum(b""))
    return content[size:] if content[:size] == _checksum(content[size:]) else None


def _keep(machine_code, path):
    """Write the machine code, at once or not at all; say whether it could be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_bytes(_checksum(machine_code) + machine_code)
        temporary.replace(path)
    except OSError:
        return False
    return True


def _user_cache():
    """The user's cache folder, as a list; empty for a user without a home."""
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:
        return []
    return [Path(base) / "synthgrad"]
