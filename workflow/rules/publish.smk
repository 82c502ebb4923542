# The results of the full study, as tracked in published/.


rule publish:
    input:
        tables=[*rules.tables.output, *rules.statistics.output],
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
    shell:
        "mkdir -p {params.folder} && cp {input.tables} {input.manifest} {params.folder} > {log} 2>&1"
