import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from synthgrad import __version__
from synthgrad.reproduce import manifest
from synthgrad.study.tables import DamagedTable, file_checksum, write_csv, write_table
from synthgrad.workflow import running


def test_manifest_has_a_checksum_for_each_table(tmp_path):
    write_csv([{"a": 1}], tmp_path / "table.csv")
    (tmp_path / "benchmarks").mkdir()
    choices = [{"cell": "a", "on_edge": ""}, {"cell": "b", "on_edge": "step_size"}]
    write_csv(choices, tmp_path / "tuned.csv")
    row = {"experiment": np.array(["a"], dtype=object), "cell": np.array(["b"], dtype=object)}
    for kind in ("runs", "outcomes"):
        epochs = {"epoch": np.array([0])} if kind == "runs" else {}
        columns = row | {"seed": np.array([0])} | epochs
        write_table(columns, kind, tmp_path / f"{kind}.parquet")
    config = {"preset": "x", "experiments": {"a": {}}}
    content = manifest.collect(
        config,
        [tmp_path / "table.csv"],
        tmp_path / "tuned.csv",
        tmp_path / "benchmarks",
        tmp_path / "logs",
    )
    manifest.write(content, tmp_path / "manifest.json")
    read = json.loads((tmp_path / "manifest.json").read_text())
    assert read == manifest.read(tmp_path)
    assert read["config_sha256"] == manifest.config_checksum(read["config"])
    assert read["config"] == config
    assert list(read["digests"]["experiments"]) == ["a"]
    assert read["tables"]["table.csv"] == file_checksum(tmp_path / "table.csv")
    assert read["packages"]["numpy"] == np.__version__
    assert read["tuned_on_edge"] == {"b": "step_size"}


def test_only_what_both_manifests_say_can_differ():
    own = {
        "cpu": "A",
        "wall_seconds": 1.0,
        "packages": {"numpy": "2.3", "mpich": "5", "simpy": None},
    }
    own |= {"digests": {"experiments": {"a": "1", "b": "2"}, "all": "3"}}
    other = {"cpu": "A", "wall_seconds": 2.0, "packages": {"numpy": "2.2", "simpy": "4"}}
    assert list(manifest.differences(own, other)) == [("packages.numpy", "2.3", "2.2")]
    other |= {"cpu": "B", "digests": {"experiments": {"a": "1"}, "all": "4"}}
    assert list(manifest.differences(own, other)) == [
        ("cpu", "A", "B"),
        ("packages.numpy", "2.3", "2.2"),
        ("digests.all", "3", "4"),
    ]


def test_keys_that_one_config_lacks_differ_too():
    own = {"config": {"seeds": {"count": 3}, "records": 5}, "config_sha256": "1"}
    other = {"config": {"seeds": {"count": 3, "per_job": None}, "records": 6}}
    assert list(manifest.differences(own, other | {"config_sha256": "2"})) == [
        ("config.seeds.per_job", "not given", "null"),
        ("config.records", "5", "6"),
    ]
    assert list(manifest.differences(own, {})) == []


@pytest.mark.parametrize(
    ("settings", "kernels", "compiled_for"),
    [
        ({}, "compiled", "this CPU"),
        ({"SYNTHGRAD_KERNELS": "reference"}, "reference", "this CPU"),
        ({"SYNTHGRAD_KERNELS": "numpy"}, "numpy", "this CPU"),
        (
            {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""},
            "compiled",
            "NUMBA_CPU_NAME=x86-64-v3 NUMBA_CPU_FEATURES=",
        ),
    ],
)
def test_which_kernels_compute_and_for_which_cpu_is_recorded(
    monkeypatch, settings, kernels, compiled_for
):
    for name in ("SYNTHGRAD_KERNELS", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_DISABLE_JIT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    made = manifest.made_with()
    assert (made["kernels"], made["compiled_for"]) == (kernels, compiled_for)
    older = {name: made[name] for name in made if name not in ("kernels", "compiled_for")}
    assert list(manifest.differences(made, older)) == []


def test_a_manifest_that_cannot_be_read_is_named(tmp_path):
    assert manifest.read(tmp_path) == {}
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DamagedTable, match=r"manifest\.json cannot be read"):
        manifest.read(tmp_path)


def clone(folder):
    """A new clone with one commit; the commit."""
    folder.mkdir(parents=True)
    (folder / "file").write_text("text")
    for command in ("init", "add .", "-c user.name=a -c user.email=a@b.c commit -m first"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True, capture_output=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True)
    return head.stdout.decode().strip()


def test_the_commit_is_that_of_the_project_wherever_it_is_used(tmp_path, monkeypatch):
    project = tmp_path / "it's 50% ü"
    commit = clone(project)
    clone(tmp_path / "other")
    monkeypatch.chdir(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    assert manifest.git_commit(project) == commit
    (project / "new").write_text("")
    assert manifest.git_commit(project) == f"{commit}+changes"


def test_a_release_within_a_clone_does_not_take_its_commit(tmp_path):
    clone(tmp_path / "thesis")
    release = tmp_path / "thesis" / "synthgrad"
    release.mkdir()
    assert manifest.git_commit(release) is None
    subprocess.run(["git", "add", "."], cwd=release, check=True)
    assert manifest.git_commit(release) is None
    assert manifest.git_commit(tmp_path / "nowhere") is None


def test_what_ran_is_told_by_a_checksum_of_the_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "PACKAGE", tmp_path)
    (tmp_path / "module.py").write_text("one")
    first = manifest.made_with()
    assert first["packages"]["synthgrad"] == __version__
    (tmp_path / "module.pyc").write_text("of no matter")
    assert manifest.sources_checksum() == first["sources_sha256"]
    (tmp_path / "module.py").rename(tmp_path / "other.py")
    assert manifest.sources_checksum() != first["sources_sha256"]


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="Linux tells what a CPU has")
def test_the_vector_instructions_are_those_that_the_system_names():
    words = set(Path("/proc/cpuinfo").read_text().split())
    named = {"fma": "fma", "avx2": "avx2", "avx512": "avx512f", "neon": "asimd"}
    assert manifest.cpu_vectors() == [name for name, flag in named.items() if flag in words]


def test_a_study_without_tuned_cells_has_none_on_an_edge(tmp_path):
    write_csv([], tmp_path / "tuned.csv")
    assert manifest.choices_on_edge(tmp_path / "tuned.csv") == {}


def test_job_times_count_jobs_side_by_side_once(tmp_path):
    for name, seconds, end in [("a", 10, 110), ("b", 5, 108), ("c", 3, 120)]:
        path = tmp_path / f"{name}.tsv"
        path.write_text(f"s\tcpu_time\n{seconds}\t{seconds}\n")
        os.utime(path, (end, end))
    assert manifest.job_times(tmp_path) == (13.0, 18.0, 2)


def test_the_time_of_training_is_added_up_from_the_logs(tmp_path):
    for name in ("a", "b"):
        with running.training_job(tmp_path / f"{name}.log"):
            print("more than this")
    (tmp_path / "a.log").write_text(f"first\n{running.TRAINED} 1.5 s\nlast\n")
    own = re.search(rf"{running.TRAINED} ([0-9.]+) s", (tmp_path / "b.log").read_text())
    assert float(own[1]) < 1
    (tmp_path / "b.log").write_text(f"{running.TRAINED} 2.25 s\n")
    (tmp_path / "c.log").write_text("trained nothing\n")
    assert manifest.training_seconds(tmp_path) == 3.8
