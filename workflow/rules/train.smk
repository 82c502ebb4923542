# Training: one job a cell, with all its seeds side by side.


rule tune:
    input:
        code=wiring.sources("tuning"),
    output:
        f"{RESULTS}/tuning/{{cell}}.parquet",
    log:
        f"{RESULTS}/logs/tuning/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/tuning/{{cell}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        sweep=wiring.tuning_parameters(STUDY),
    script:
        "../scripts/tune.py"


rule train:
    input:
        code=wiring.sources("training"),
        tuning=wiring.tuning_table(STUDY, RESULTS),
    output:
        f"{RESULTS}/cells/{{cell}}.parquet",
    log:
        f"{RESULTS}/logs/cells/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cells/{{cell}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        cell=wiring.cell_parameters(STUDY),
    script:
        "../scripts/train.py"
