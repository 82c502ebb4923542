"""``python -m synthgrad.core.kernels.engine.compiling`` writes machine code to its output.

It is that of `interpreter.run`, with nothing in it that asks for Numba or Python.
"""

import sys

import llvmlite.binding as llvm
from numba import cfunc

from synthgrad.core.kernels.engine import interpreter
from synthgrad.core.kernels.engine.library import target_machine


def machine_code():
    """`interpreter.run` for the CPU that `library.cpu` names."""
    compiled = cfunc(interpreter.SIGNATURE, error_model="numpy")(interpreter.run)
    module = llvm.parse_assembly(compiled.inspect_llvm())
    # What Numba puts around the function is left out, by making all else internal and unused.
    entry = compiled.native_name.removeprefix("cfunc.")
    for function in module.functions:
        if function.name == entry:
            function.name = "run"
        elif not function.is_declaration:
            function.linkage = "internal"
    machine = target_machine()
    builder = llvm.create_pass_builder(machine, llvm.PipelineTuningOptions(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module)


if __name__ == "__main__":
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    sys.stdout.buffer.write(machine_code())
