"""Numbers, names and tables as TeX."""

import math

import pytest

from synthgrad.report import tex


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.84951, "0.850"),
        (-0.25, "$-0.250$"),
        (-0.0001, "0.000"),
        (1, "1.000"),
        (math.nan, "---"),
        (math.inf, "---"),
        (None, "---"),
    ],
)
def test_fixed(value, text):
    assert tex.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.39123, "1.391"),
        (131.7915, "131.8"),
        (1481.279, "1481"),
        (50336.98, r"$5.0\times10^{4}$"),
        (7.98e14, r"$8.0\times10^{14}$"),
        (-2e-7, r"$-2.0\times10^{-7}$"),
        (math.nan, "---"),
    ],
)
def test_magnitude(value, text):
    assert tex.magnitude(value) == text


def test_p_values_intervals_counts_and_times():
    assert [tex.p_value(p) for p in (0.00099, 0.001, 0.0196, math.nan)] == [
        "$<$0.001",
        "0.001",
        "0.020",
        "---",
    ]
    assert tex.interval(-0.1, 0.25) == "[$-0.100$, 0.250]"
    assert tex.interval(math.nan, 0.25) == "---"
    assert [tex.count(n) for n in (9999, 10000)] == ["9999", "10{,}000"]
    assert [tex.plural(n, "seed") for n in (1, 2)] == ["1 seed", "2 seeds"]
    assert [tex.share(part, 5) for part in (0, 2, 5)] == ["none of 5", "2 of 5", "all 5"]
    assert tex.share(0, 0) == "---"
    assert [tex.duration(s) for s in (83.2, 600, 9000)] == ["83 s", "10 min", "2.5 h"]


def test_settings_are_written_in_full():
    assert [tex.setting(v) for v in (0.00003, 1.0, 100, True, (128, 64), "a_b")] == [
        "0.00003",
        "1",
        "100",
        "yes",
        "128, 64",
        r"a\_b",
    ]
    assert tex.drawn(0.2, -0.1) == "$0.2z - 0.1$"
    assert tex.drawn(1, 0.5) == "$z + 0.5$"
    assert tex.drawn(2.0, 0.0) == "$2z$"
    assert tex.drawn(0.0, 0.0) == "zero"


def test_listings():
    assert [tex.listing(items) for items in ([], [4], [4, 6], [4, 6, 8])] == [
        "---",
        "4",
        "4 and 6",
        "4, 6 and 8",
    ]


def test_names_are_escaped():
    assert tex.method_name("frozen") == r"\method{frozen}"
    assert tex.method_name("dni[output+label]") == r"\method{dni[output+\allowbreak{}label]}"
    assert tex.escape("50% of {a_b} & \\c~^#$") == (
        r"50\% of \{a\_b\} \& \textbackslash{}c\textasciitilde{}\textasciicircum{}\#\$"
    )


def test_a_key_that_tex_would_not_take_literally_is_refused():
    assert tex.definitions({"a/dni[x+y]/b_c": "1"}) == "\\defval{a/dni[x+y]/b_c}{1}%\n"
    with pytest.raises(ValueError, match="key is 'a#b'; allowed are"):
        tex.definitions({"a#b": "1"})


def test_many_widths_go_below_one_another():
    all_bits = list(range(2, 10))
    text = tex.bits_table(
        ["frozen"], all_bits, lambda method, part: [tex.row(method, *map(str, part))]
    )
    assert text.startswith(r"\begin{tabular}{lccccc}")
    assert text.count("Method") == 2
    assert [line for line in text.splitlines() if line.startswith("frozen")] == [
        r"frozen & 2 & 3 & 4 & 5 & 6 \\",
        r"frozen & 7 & 8 & 9 \\",
    ]
