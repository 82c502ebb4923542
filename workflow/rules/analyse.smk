# From the cells to the tables of the study.


rule tables:
    input:
        cells=training.cell_tables(STUDY, RESULTS),
        searches=training.search_tables(STUDY, SEARCHES),
        schema=SCHEMA,
        code=reruns.code_digest("outcomes", RESULTS),
    output:
        runs=f"{RESULTS}/runs.parquet",
        outcomes=f"{RESULTS}/outcomes.parquet",
        curves=f"{RESULTS}/curves.parquet",
        sweeps=f"{RESULTS}/sweeps.parquet",
        tuned=f"{RESULTS}/tuned.csv",
    log:
        f"{RESULTS}/logs/tables.log",
    benchmark:
        f"{RESULTS}/benchmarks/tables.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=analysis.gathering_memory(STUDY),
    params:
        config=config,
    script:
        "../scripts/tables.py"


rule representations:
    input:
        cells=analysis.digits_tables(STUDY, RESULTS),
        schema=SCHEMA,
        code=reruns.code_digest("statistics", RESULTS),
    output:
        f"{RESULTS}/representations.csv",
    log:
        f"{RESULTS}/logs/representations.log",
    benchmark:
        f"{RESULTS}/benchmarks/representations.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=analysis.gathering_memory(STUDY),
    params:
        config=config,
    script:
        "../scripts/representations.py"


rule representable:
    input:
        outcomes=rules.tables.output.outcomes,
        schema=SCHEMA,
        code=reruns.code_digest("statistics", RESULTS),
    output:
        f"{RESULTS}/representable.csv",
    log:
        f"{RESULTS}/logs/representable.log",
    benchmark:
        f"{RESULTS}/benchmarks/representable.tsv"
    # The longest of the analysis.
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
    params:
        config=config,
    script:
        "../scripts/representable.py"


rule estimates:
    input:
        outcomes=rules.tables.output.outcomes,
        code=reruns.code_digest("statistics", RESULTS),
    output:
        **analysis.estimate_tables(RESULTS),
    log:
        f"{RESULTS}/logs/estimates.log",
    benchmark:
        f"{RESULTS}/benchmarks/estimates.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
    params:
        resamples=STUDY.resamples,
        seed=STUDY.bootstrap_seed,
    script:
        "../scripts/estimates.py"


rule claims:
    input:
        claims=CLAIMS,
        schema=CLAIMS_SCHEMA,
        runs=rules.tables.output.runs,
        outcomes=rules.tables.output.outcomes,
        seconds=ranks.seconds_to_95(STUDY, RESULTS),
        code=reruns.code_digest("claims", RESULTS),
    output:
        f"{RESULTS}/claims.csv",
    log:
        f"{RESULTS}/logs/claims.log",
    benchmark:
        f"{RESULTS}/benchmarks/claims.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
    params:
        seed=STUDY.bootstrap_seed,
    script:
        "../scripts/claims.py"


rule robustness:
    input:
        claims=CLAIMS,
        schema=CLAIMS_SCHEMA,
        runs=rules.tables.output.runs,
        outcomes=rules.tables.output.outcomes,
        curves=rules.tables.output.curves,
        seconds=ranks.seconds_to_95(STUDY, RESULTS),
        code=reruns.code_digest("claims", RESULTS),
    output:
        f"{RESULTS}/robustness.csv",
    log:
        f"{RESULTS}/logs/robustness.log",
    benchmark:
        f"{RESULTS}/benchmarks/robustness.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
    params:
        seed=STUDY.bootstrap_seed,
    script:
        "../scripts/robustness.py"


rule manifest:
    input:
        tables=[
            *rules.tables.output,
            *rules.representations.output,
            *rules.representable.output,
            *rules.estimates.output,
            *rules.claims.output,
            *rules.robustness.output,
            *ranks.tables(STUDY, RESULTS),
        ],
        tuned=rules.tables.output.tuned,
        claims=CLAIMS,
        registered=rules.register.output[0],
        code=reruns.code_digest("reproduce", RESULTS),
    output:
        f"{RESULTS}/manifest.json",
    log:
        f"{RESULTS}/logs/manifest.log",
    benchmark:
        f"{RESULTS}/benchmarks/manifest.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
    params:
        config=config,
        searches=SEARCHES,
        benchmarks=f"{RESULTS}/benchmarks",
        logs=f"{RESULTS}/logs",
    script:
        "../scripts/manifest.py"


# Asks for each table by name: of a chain of tables Snakemake does not miss one in the middle.
rule data:
    input:
        cells=rules.tables.input.cells,
        searches=rules.tables.input.searches,
        tables=rules.manifest.input.tables,
        manifest=rules.manifest.output,
    localrule: True
