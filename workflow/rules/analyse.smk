# From the cells to the tables of the study.


rule tables:
    output:
        runs=f"{RESULTS}/runs.parquet",
        outcomes=f"{RESULTS}/outcomes.parquet",
        tuned=f"{RESULTS}/tuned.csv",
    input:
        cells=wiring.cell_tables(STUDY, RESULTS),
        tuning=wiring.tuning_tables(STUDY, RESULTS),
        schema=SCHEMA,
        code=wiring.sources("tables"),
    params:
        config=config,
        results=RESULTS,
    log:
        f"{RESULTS}/logs/tables.log",
    benchmark:
        f"{RESULTS}/benchmarks/tables.tsv"
    resources:
        mem_mb=2000,
    conda:
        "../../environment.yml"
    script:
        "../scripts/tables.py"


rule statistics:
    output:
        summary=f"{RESULTS}/summary.csv",
        statistics=f"{RESULTS}/statistics.csv",
    input:
        outcomes=rules.tables.output.outcomes,
        code=wiring.sources("analysis"),
    params:
        resamples=STUDY.resamples,
        seed=STUDY.bootstrap_seed,
    log:
        f"{RESULTS}/logs/statistics.log",
    benchmark:
        f"{RESULTS}/benchmarks/statistics.tsv"
    resources:
        mem_mb=2000,
    conda:
        "../../environment.yml"
    script:
        "../scripts/summarise.py"


rule manifest:
    output:
        f"{RESULTS}/manifest.json",
    input:
        tables=[*rules.tables.output, *rules.statistics.output],
        code=wiring.sources("manifest"),
    params:
        config=config,
        benchmarks=f"{RESULTS}/benchmarks",
    log:
        f"{RESULTS}/logs/manifest.log",
    benchmark:
        f"{RESULTS}/benchmarks/manifest.tsv"
    conda:
        "../../environment.yml"
    script:
        "../scripts/manifest.py"
