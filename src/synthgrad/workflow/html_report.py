"""What the HTML report says of a figure, and of the experiments."""

from synthgrad.figures.listing import figures
from synthgrad.report.captions import text


def category(wildcards):
    """Input function: where the report has a figure."""
    return figures()[wildcards.figure].category


def caption(study):
    """Params of the rule that draws: what the report says of a figure."""
    return lambda wildcards: text(wildcards.figure, study.counts)


def questions(config):
    """Params of the rule of the pages: what each experiment of a config answers, by its name."""
    listed = config["experiments"].items()
    return {name: experiment["question"] for name, experiment in listed if experiment}
