"""What became of the findings of the version before."""

import pandas as pd

from synthgrad.report import changes

BEFORE = pd.DataFrame(
    [
        ("words", "partly", "first", "supports"),
        ("words", "partly", "second", "no difference"),
        ("turned", "reproduced", "first", "supports"),
    ],
    columns=["claim", "verdict", "contrast", "evidence"],
)
NOW = pd.DataFrame(
    [
        ("words", "S.", "mixed", "", "first", "supports"),
        ("words", "S.", "mixed", "", "second", "against"),
        ("turned", "S.", "contradicted", "Asked anew.", "first", "against"),
        ("young", "Is new.", "undecided", "", "first", "undecided"),
    ],
    columns=["claim", "statement", "verdict", "changed", "contrast", "evidence"],
)
OVER_100_EPOCHS = pd.DataFrame(
    [("turned", "100 epochs, score, smallest effect x 1, signed ranks", "reproduced")],
    columns=["claim", "alternative", "verdict"],
)


def test_words_are_kept_apart_from_findings(tmp_path):
    (tmp_path / "history").mkdir()
    BEFORE.to_csv(tmp_path / changes.BEFORE, index=False)
    NOW.to_csv(tmp_path / "claims.csv", index=False)
    OVER_100_EPOCHS.to_csv(tmp_path / "robustness.csv", index=False)
    other, same, new = changes.changes(tmp_path).split("\n## ")
    assert other.startswith("## Other verdicts: 1 of 2")
    [turned] = [line for line in other.splitlines() if "`turned`" in line]
    assert "| reproduced | reproduced | contradicted | *Contrasts*: Asked anew. 1 contr" in turned
    assert "of 1 by the same name 1 came out otherwise" in turned
    assert "over the first 100 epochs it is reproduced" in turned
    [words] = [line for line in same.splitlines() if "`words`" in line]
    assert "| partly | mixed | mixed | 2 contrasts then, 2 now; of 2 by the same name 0" in words
    assert "| `young` | Is new. | undecided |" in new
