"""What a run asks for: memory, and time to plan."""

import re
import time

from drilling import OTHER_JOBS, PATIENCE, SNAKEMAKE, TRAINING_JOBS, not_in_short
from temporary_study import run

PLAN = ["--workflow-profile", "none", "--cores", "1", "--forceall", "--dry-run"]
"""Options with which Snakemake tells every job and what it declares."""


def test_no_job_takes_more_memory_than_it_declares(finished, undisturbed):
    done = run(finished, [*SNAKEMAKE, *PLAN])
    job = r"benchmark: (\S+)\n(?: .*\n)*? +resources: .*?\bmem_mb=(\d+)"
    declared = re.findall(job, done.stdout + done.stderr)
    assert len(declared) == TRAINING_JOBS + OTHER_JOBS
    for path, megabytes in declared:
        heading, *_, last = (finished / path).read_text().splitlines()
        taken = dict(zip(heading.split("\t"), last.split("\t")))["max_rss"]
        assert taken == "NA" or float(taken) <= int(megabytes), path  # NA: over too soon


LARGE = """
preset: large
seeds: {evaluation: {first: 0, count: 1000}, tuning: {first: 100000, count: 1}, per_job: 50}
experiments:
  headline:
    vary: {method: [backprop], bits: [3], weight_scale: [%s]}
    step_sizes: given
  init: null
  editions: null
  signs: null
"""


@not_in_short
def test_a_large_study_is_planned_in_reasonable_time(fresh):
    cells = ", ".join(f"{number / 100}" for number in range(1, 51))
    (fresh / "config" / "large.yaml").write_text(LARGE % cells)
    started = time.monotonic()
    done = run(fresh, [*SNAKEMAKE, "config/large.yaml", "--dry-run"])
    print(f"1000 jobs planned in {time.monotonic() - started:.1f} s")
    assert done.returncode == 0, done.stderr[-4000:]
    assert re.search(r"^train +1000$", done.stdout + done.stderr, flags=re.M)
    assert time.monotonic() - started < PATIENCE
