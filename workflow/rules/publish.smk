# The results of the full study, as tracked in published/, and their verdicts in the README.


# The searches alone, from which a run with `--config searches=published` takes its step sizes.
rule publish_searches:
    input:
        tables=training.search_tables(STUDY, f"{RESULTS}/searches"),
    log:
        f"{RESULTS}/logs/publish_searches.log",
    benchmark:
        f"{RESULTS}/benchmarks/publish_searches.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder=training.PUBLISHED,
    script:
        "../scripts/publish_searches.py"


rule publish:
    input:
        tables=rules.manifest.input.tables,
        manifest=rules.manifest.output,
    log:
        f"{RESULTS}/logs/publish.log",
    benchmark:
        f"{RESULTS}/benchmarks/publish.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder="published",
        measured=paper.MEASURED,
        readme="README.md",
        changes="docs/changes-in-findings.md",
    script:
        "../scripts/publish.py"
