# The results of the full study, as tracked in published/, and their verdicts in the README.


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
    script:
        "../scripts/publish.py"
