# Training: one job a cell, with all its seeds side by side.


rule tune:
    output:
        f"{RESULTS}/tuning/{{cell}}.parquet",
    input:
        code=wiring.sources("tuning"),
    params:
        sweep=wiring.tuning_parameters(STUDY),
    log:
        f"{RESULTS}/logs/tuning/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/tuning/{{cell}}.tsv"
    resources:
        mem_mb=1000,
    conda:
        "../../environment.yml"
    script:
        "../scripts/tune.py"


rule train:
    output:
        f"{RESULTS}/cells/{{cell}}.parquet",
    input:
        code=wiring.sources("training"),
        tuning=wiring.tuning_table(STUDY, RESULTS),
    params:
        cell=wiring.cell_parameters(STUDY),
    log:
        f"{RESULTS}/logs/cells/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cells/{{cell}}.tsv"
    resources:
        mem_mb=1000,
    conda:
        "../../environment.yml"
    script:
        "../scripts/train.py"
