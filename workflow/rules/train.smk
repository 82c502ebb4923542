# Training: one job a cell, with all its seeds side by side, or with a part of them.


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
        mem_mb=wiring.tuning_memory(STUDY),
    params:
        code=wiring.digest("tuning"),
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
        mem_mb=wiring.training_memory(STUDY),
    params:
        code=wiring.digest("training"),
        cell=wiring.cell_parameters(STUDY),
    script:
        "../scripts/train.py"
