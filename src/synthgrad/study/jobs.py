"""Small pieces of work share a job."""

LARGE = 4e11
"""Work in a job that has more than one piece: some twenty seconds on a core."""


def packed(name, units, work):
    """The units in jobs, in order: a dict of lists by the names ``NAME-01``, ``NAME-02``, ..."""
    groups, load = [], 0.0
    for unit in units:
        load += work(unit)
        if not groups or load > LARGE:
            groups.append([])
            load = work(unit)
        groups[-1].append(unit)
    return {f"{name}-{number:02}": group for number, group in enumerate(groups, start=1)}
