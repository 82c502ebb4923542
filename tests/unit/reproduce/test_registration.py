"""Whether claims are what they were before the results."""

import subprocess

import pytest

from synthgrad.reproduce import registration

CLAIMS = "claims:\n  c: {statement: It is so., contrasts: [{direction: more}]}\nalternatives: {}\n"


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with claims that are registered; the file of claims and that of the entry."""
    path, entry = tmp_path / "claims.yaml", tmp_path / "registered.json"
    path.write_text(CLAIMS)

    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "claims.yaml")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "claims")
    for name in ("git_commit", "git_text"):
        of_project = getattr(registration, name)
        monkeypatch.setattr(
            registration, name, lambda *those, of=of_project: of(*those, project=tmp_path)
        )
    registration.register(path, entry)
    return path, entry


@pytest.mark.parametrize(
    ("edited", "unchanged"),
    [
        (CLAIMS, True),
        ("# Words alone.\n" + CLAIMS.replace("It is so.", "So it is."), True),
        (CLAIMS.replace("more", "less"), False),
        (CLAIMS.replace("alternatives: {}", "alternatives: {budgets: [100]}"), False),
    ],
)
def test_words_may_change_and_what_is_asked_may_not(clone, edited, unchanged):
    path, entry = clone
    path.write_text(edited)
    assert registration.registered(entry, path)["unchanged"] is unchanged


def test_claims_that_were_not_in_the_commit_count_as_changed(clone):
    path, entry = clone
    path.write_text(CLAIMS + "# In no commit.\n")
    registration.register(path, entry)
    path.write_text(CLAIMS)
    assert registration.registered(entry, path)["unchanged"] is False
