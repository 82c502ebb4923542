"""Tables that are damaged behind the workflow's back are refused, and made anew to the bit."""

import json
import os
import random
import shutil
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drilling import RESULTS, ROUNDS, SNAKEMAKE, checksums, complete, rounds, training_tables
from temporary_study import run

from synthgrad.study import tables
from synthgrad.study.tables import DamagedTable, checksum_path, read_table, write_table


def truncate(path, rng):
    path.write_bytes(path.read_bytes()[: rng.randrange(1, path.stat().st_size)])


def flip_a_bit(path, rng):
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def empty(path, rng):
    path.write_bytes(b"")


def put_a_foreign_table(path, rng):
    pq.write_table(pa.table({"seed": [1]}), path)


def put_the_table_of_another_job(path, rng):
    others = set(path.parent.glob("[!.]*.parquet")) - {path}
    path.write_bytes(rng.choice(sorted(others)).read_bytes())


def put_a_table_of_an_older_layout(path, rng):
    kind = "cell" if path.parent.name == "cells" else "tuning"
    parameters = json.loads(pq.read_metadata(path).metadata[b"parameters"])
    columns = pq.read_table(path).to_pydict()
    with mock.patch.object(tables, "VERSION", tables.VERSION - 1):
        write_table(columns, kind, path, parameters)


DAMAGES = {
    "the table of another job": put_the_table_of_another_job,
    "truncated": truncate,
    "a bit flipped": flip_a_bit,
    "empty": empty,
    "a foreign table": put_a_foreign_table,
    "a table of an older layout": put_a_table_of_an_older_layout,
}


@rounds(DAMAGES, short=1)
def test_a_damaged_table_is_refused_and_made_anew(fault, rng, finished, undisturbed):
    path = rng.choice(training_tables(finished))
    name = str(path.relative_to(finished / RESULTS))
    old = rng.random() < 0.5
    print(name, "with its old time" if old else "with a new time")  # shown when the test fails
    times = path.stat()
    fault(path, rng)
    if old:
        # Of an old file nothing is seen until it is read; so let it be read.
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        for table in (finished / RESULTS).glob("*.*"):
            table.unlink()
    done = run(finished, SNAKEMAKE)
    assert done.returncode != 0, "the damage was not noticed"
    lines = [line for line in done.stderr.splitlines() if "DamagedTable: " in line]
    assert lines
    assert all(name in line and line.endswith("; delete it and run again") for line in lines)
    path.unlink()
    complete(finished)
    assert checksums(finished) == undisturbed


def test_every_flipped_bit_is_noticed(finished, tmp_path):
    path = training_tables(finished)[0]
    content = path.read_bytes()
    kind = "cell" if path.parent.name == "cells" else "tuning"
    flipped = tmp_path / "flipped"
    shutil.copy(path, flipped)
    shutil.copy(checksum_path(path), checksum_path(flipped))
    read_table(flipped, kind)
    rng = random.Random(0)
    for _ in range(500 * ROUNDS):
        altered = bytearray(content)
        altered[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        flipped.write_bytes(altered)
        with pytest.raises(DamagedTable, match="not as it was written"):
            read_table(flipped, kind)
