# Layers as MPI ranks. These jobs take every core, so that nothing runs beside
# them: times measured while other work takes the cores mean nothing.


rule decoupling_times:
    input:
        code=reruns.code_digest("parallel", RESULTS),
    output:
        **ranks.made_by("decoupling_times", RESULTS),
    log:
        f"{RESULTS}/logs/decoupling_times.log",
    benchmark:
        f"{RESULTS}/benchmarks/decoupling_times.tsv"
    # First of all: in mid-run one core would stand idle until the other is free.
    priority: 1
    conda:
        "../../environment.yml"
    threads: ranks.whole_machine(CORES)
    resources:
        mem_mb=4000,
    params:
        plan=ranks.plan(STUDY),
    script:
        "../scripts/decoupling_times.py"


rule decoupling_model:
    input:
        times=rules.decoupling_times.output.times,
        layers=rules.decoupling_times.output.layers,
        messages=rules.decoupling_times.output.messages,
        schema=SCHEMA,
        code=reruns.code_digest("parallel", RESULTS),
    output:
        **ranks.made_by("decoupling_model", RESULTS),
    log:
        f"{RESULTS}/logs/decoupling_model.log",
    benchmark:
        f"{RESULTS}/benchmarks/decoupling_model.tsv"
    # Beside training, not after it.
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        config=config,
    script:
        "../scripts/decoupling_model.py"


rule decoupled_runs:
    input:
        outcomes=rules.tables.output.outcomes,
        schema=SCHEMA,
        code=reruns.code_digest("parallel", RESULTS),
    output:
        **ranks.made_by("decoupled_runs", RESULTS),
    log:
        f"{RESULTS}/logs/decoupled_runs.log",
    benchmark:
        f"{RESULTS}/benchmarks/decoupled_runs.tsv"
    conda:
        "../../environment.yml"
    threads: ranks.whole_machine(CORES)
    resources:
        mem_mb=2000,
    params:
        config=config,
    script:
        "../scripts/decoupled_runs.py"


rule decoupling_answer:
    input:
        summary=rules.decoupling_model.output.summary,
        times=rules.decoupling_times.output.times,
        decoupled=rules.decoupled_runs.output.outcomes,
        outcomes=rules.tables.output.outcomes,
        schema=SCHEMA,
        code=reruns.code_digest("parallel", RESULTS),
    output:
        **ranks.made_by("decoupling_answer", RESULTS),
    log:
        f"{RESULTS}/logs/decoupling_answer.log",
    benchmark:
        f"{RESULTS}/benchmarks/decoupling_answer.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        config=config,
    script:
        "../scripts/decoupling_answer.py"
