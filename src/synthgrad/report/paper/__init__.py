"""What the paper takes from a run: numbers for its prose, and tables; a module a topic.

A function marked ``@table("name")`` gives the text of ``name.tex``. One marked ``@numbers`` gives
texts that the prose takes by their keys, ``\\val{headline/8/backprop/accuracy_auc}``, as a dict.
Each takes a `Run`. What has no value (a replica that diverged, an arm or experiment that a config
leaves out) is a dash, so that any config has a report.
"""

from synthgrad.study.registry import TableRegistry

table = TableRegistry()

number_functions = []


def numbers(function):
    """Register a function that gives numbers."""
    number_functions.append(function)
    return function
