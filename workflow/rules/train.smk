# Training: one job a cell, with all its seeds side by side, or with a part of them.


rule tune:
    input:
        code=reruns.code_digest("study", RESULTS),
    output:
        f"{RESULTS}/tuning/{{cell}}.parquet",
    log:
        f"{RESULTS}/logs/tuning/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/tuning/{{cell}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=training.tuning_memory(STUDY),
    params:
        sweep=training.parameters_of_tuning(STUDY),
    script:
        "../scripts/tune.py"


rule train:
    input:
        code=reruns.code_digest("study", RESULTS),
        tuning=training.tuning_table(STUDY, RESULTS),
    output:
        f"{RESULTS}/cells/{{cell}}.parquet",
    log:
        f"{RESULTS}/logs/cells/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cells/{{cell}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=training.training_memory(STUDY),
    params:
        cell=training.parameters_of_training(STUDY),
    script:
        "../scripts/train.py"
