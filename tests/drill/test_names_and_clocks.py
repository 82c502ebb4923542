"""Names of folders and clocks that go wrong change no table."""

import os
import random
import time

import pytest
from drilling import CONFIG, ROUNDS, checksums, complete, not_in_short, training_tables
from temporary_study import copy_project


@not_in_short
def test_a_run_in_a_folder_with_a_hostile_name(finished, undisturbed, tmp_path):
    folder = tmp_path / "a $(touch pwned) `touch pwned`; 'b' & \"c\""
    folder.mkdir()
    copy_project(folder, CONFIG)
    complete(folder)
    assert checksums(folder) == undisturbed
    assert not list(tmp_path.rglob("pwned"))


@not_in_short
@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_clock_set_back_changes_no_table(number, finished, undisturbed):
    rng = random.Random(f"clock, round {number}")
    paths = [*training_tables(finished), *(finished / "src").rglob("*.py")]
    for path in rng.sample(paths, len(paths) // 2):
        moment = time.time() - rng.uniform(0, 1e7)
        os.utime(path, (moment, moment))
    complete(finished)
    assert checksums(finished) == undisturbed


@not_in_short
def test_an_edit_with_an_old_time_is_not_missed(finished, undisturbed):
    module = finished / "src" / "synthgrad" / "core" / "training" / "loop.py"
    content = module.read_text()
    module.write_text(content.replace("np.full(self.shape, np.nan)", "np.full(self.shape, 0.25)"))
    os.utime(module, (1e9, 1e9))
    complete(finished)
    assert checksums(finished) != undisturbed
    module.write_text(content)
    os.utime(module, (1e9, 1e9))
    complete(finished)
    assert checksums(finished) == undisturbed
