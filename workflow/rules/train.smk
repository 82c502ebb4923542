# Searching for step sizes and training: a job has one large piece of work, or several small ones.


rule search:
    input:
        code=reruns.code_digest("search", RESULTS),
        needed=training.searches_before(STUDY, f"{RESULTS}/searches"),
    output:
        f"{RESULTS}/searches/{{job}}.parquet",
    log:
        f"{RESULTS}/logs/searches/{{job}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/searches/{{job}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=training.search_memory(STUDY),
    params:
        searches=training.parameters_of_search(STUDY),
    script:
        "../scripts/search.py"


# The claims as they are before their results: a later edit of theirs does not train anew.
rule register:
    input:
        claims=ancient(CLAIMS),
    output:
        f"{RESULTS}/registered.json",
    log:
        f"{RESULTS}/logs/register.log",
    benchmark:
        f"{RESULTS}/benchmarks/register.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    script:
        "../scripts/register.py"


rule train:
    input:
        registered=ancient(rules.register.output[0]),
        code=reruns.code_digest("study", RESULTS),
        searches=training.searches_of_job(STUDY, SEARCHES),
    output:
        f"{RESULTS}/cells/{{job}}.parquet",
    log:
        f"{RESULTS}/logs/cells/{{job}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cells/{{job}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=training.training_memory(STUDY),
    params:
        cells=training.parameters_of_training(STUDY),
    script:
        "../scripts/train.py"
