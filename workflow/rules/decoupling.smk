# Layers as MPI ranks. These jobs take every core, so that nothing runs beside
# them: times measured while other work takes the cores mean nothing.


rule decoupling_times:
    input:
        code=reruns.code_digest("parallel", RESULTS),
    output:
        times=f"{RESULTS}/decoupling_times.csv",
        layers=f"{RESULTS}/decoupling_layers.csv",
        messages=f"{RESULTS}/decoupling_messages.csv",
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
        summary=f"{RESULTS}/decoupling.csv",
        operations=f"{RESULTS}/decoupling_operations.csv",
        model=f"{RESULTS}/decoupling_model.csv",
        simulated=f"{RESULTS}/decoupling_simulated.csv",
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
        runs=f"{RESULTS}/decoupled_runs.csv",
        outcomes=f"{RESULTS}/decoupled_outcomes.csv",
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
        seconds=f"{RESULTS}/decoupling_seconds.csv",
        answer=f"{RESULTS}/decoupling_answer.csv",
        learning=f"{RESULTS}/decoupling_learning.csv",
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
