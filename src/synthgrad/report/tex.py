r"""TeX as text: numbers, names, definitions and booktabs tables.

Knows no run and none of its tables. What has no value (None, NaN, an empty list) is
written as a dash.
"""

import math
import re

import numpy as np

MISSING = "---"

LONGEST_NAME = 22
"""Letters of a method's name that stand in one line of a table."""

COLUMNS_AT_MOST = 5
"""Numbers of bits side by side in a table; more go below one another."""


def fixed(value, digits=3):
    """A number with so many digits after the point: ``0.850``; a zero has no sign."""
    if not is_number(value):
        return MISSING
    text = f"{value:.{digits}f}"
    return f"${text}$" if float(text) < 0 else text.lstrip("-")


def magnitude(value):
    """A number of any size, to four digits; very large or small ones as powers of ten."""
    if not is_number(value):
        return MISSING
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e4:
        mantissa, exponent = f"{value:.1e}".split("e")
        return rf"${mantissa}\times10^{{{int(exponent)}}}$"
    return fixed(value, max(0, 3 - math.floor(math.log10(abs(value)))))


def is_number(value):
    """Whether there is a finite number to write."""
    return value is not None and math.isfinite(value)


def p_value(value):
    """A p-value with three digits, or that it is smaller than these can say."""
    return "$<$0.001" if is_number(value) and value < 0.001 else fixed(value)


def interval(low, high, form=fixed):
    """``[0.844, 0.857]``; open where it has no bound."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return MISSING
    left, right = "(" if math.isinf(low) else "[", ")" if math.isinf(high) else "]"
    return f"{left}{bound(low, form)}, {bound(high, form)}{right}"


def bound(value, form=fixed):
    """A number, or that it is infinite."""
    if value is not None and math.isinf(value):
        return r"$\infty$" if value > 0 else r"$-\infty$"
    return form(value)


def count(number):
    """A whole number, with commas between thousands from 10,000 on."""
    return str(number) if number < 10_000 else f"{number:,}".replace(",", "{,}")


def plural(number, noun):
    """``1 seed``, ``2 seeds``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def share(part, whole):
    """``none of 5``, ``2 of 5`` or ``all 5``."""
    if whole == 0:
        return MISSING
    return (
        f"all {count(whole)}"
        if part == whole
        else f"{count(part) if part else 'none'} of {count(whole)}"
    )


def duration(seconds):
    """A time in seconds, minutes or hours, whichever reads best."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def listing(items):
    """``a``, ``a and b`` or ``a, b and c``."""
    *others, last = [str(item) for item in items] or [MISSING]
    return f"{', '.join(others)} and {last}" if others else last


def setting(value):
    """A setting as it stands in a config; floats in full, without an exponent."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-")
    if isinstance(value, tuple):
        return ", ".join(map(setting, value))
    return escape(value)


def drawn(scale, shift):
    """``randn * scale + shift`` as a formula, z being standard normal: ``0.2z - 0.1``."""
    scale, shift = float(scale), float(shift)
    if scale == 0:
        return setting(shift) if shift else "zero"
    product = "z" if scale == 1 else f"{setting(scale)}z"
    return f"${product}$" if shift == 0 else f"${product} {'-+'[shift > 0]} {setting(abs(shift))}$"


ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
}


def escape(text):
    """Any text, for TeX to print as it is."""
    return "".join(ESCAPES.get(sign, sign) for sign in str(text))


def method_name(method):
    """A method's name, in the paper's letters for methods; it may be broken after a plus."""
    return rf"\method{{{escape(method)}}}".replace("+", r"+\allowbreak{}")


def method_column(methods):
    """Column of methods' names: as wide as they are or, if one is very long, with two lines."""
    long = max(map(len, methods), default=0) > LONGEST_NAME
    return paragraph("32mm") if long else "l"


def paragraph(width):
    """A column of text that is broken into lines of this width."""
    return rf">{{\raggedright\arraybackslash}}p{{{width}}}"


def code(text):
    """Text in the letters of code, which may be broken anywhere."""
    return rf"\code{{{escape(text)}}}"


def definitions(texts):
    r"""What makes ``\val{key}`` print a text, for each key of a dict, in alphabetical order.

    Raises
    ------
    ValueError
        If a key has a character that TeX would not take literally in a name.
    """
    for key in texts:
        if not re.fullmatch(r"[A-Za-z0-9/+_.\[\]-]+", key):
            raise ValueError(f"key is {key!r}; allowed are letters, digits and / + _ . [ ] -")
    return "".join(f"\\defval{{{key}}}{{{texts[key]}}}%\n" for key in sorted(texts))


def row(*cells):
    """A row of a table."""
    return " & ".join(cells) + r" \\"


def span(columns, text, align="c"):
    """A cell over several columns."""
    return rf"\multicolumn{{{columns}}}{{{align}}}{{{text}}}"


def table(columns, header, blocks):
    """A booktabs table from lines of header and blocks of rows, which stand a little apart."""
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule"]
    lines += [*header, r"\midrule"] if header else []
    return "\n".join([*lines, *_body(blocks), r"\bottomrule", r"\end{tabular}", ""])


def _body(blocks):
    lines = []
    for number, block in enumerate(blocks):
        lines += ([r"\addlinespace"] if number else []) + block
    return lines


def bits_table(methods, all_bits, cell_lines):
    """A table of methods against numbers of bits.

    cell_lines : callable
        From a method and some numbers of bits to the rows of that method, for those.
    """
    parts = [all_bits[k : k + COLUMNS_AT_MOST] for k in range(0, len(all_bits), COLUMNS_AT_MOST)]
    headers = [row("Method", *(span(1, f"{bits} bits") for bits in part)) for part in parts]
    lines = []
    for number, part in enumerate(parts):
        lines += [r"\midrule", headers[number], r"\midrule"] if number else []
        lines += [line for method in methods for line in cell_lines(method, part)]
    columns = method_column(methods) + "c" * min(len(all_bits), COLUMNS_AT_MOST)
    return table(columns, headers[:1], [lines])
