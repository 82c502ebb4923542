# The paper: numbers and tables from the results, then LaTeX.

PAPER = ROOT / "paper"


rule report_inputs:
    input:
        **paper.reported_tables(RESULTS),
        ranks=ranks.tables(STUDY, RESULTS),
        sources=paper.sources(PAPER),
        schema=SCHEMA,
        code=reruns.code_digest("report", RESULTS),
    output:
        paper.generated(f"{RESULTS}/paper"),
    log:
        f"{RESULTS}/logs/report_inputs.log",
    benchmark:
        f"{RESULTS}/benchmarks/report_inputs.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        config=config,
    script:
        "../scripts/report_inputs.py"


rule paper:
    input:
        sources=paper.sources(PAPER),
        generated=rules.report_inputs.output,
        figures=figures.files(
            STUDY, f"{RESULTS}/figures", ranks.are_run(STUDY), kinds=["pdf"]
        ),
        code=reruns.code_digest("report", RESULTS),
    output:
        f"{RESULTS}/synthgrad.pdf",
    log:
        f"{RESULTS}/logs/paper.log",
    benchmark:
        f"{RESULTS}/benchmarks/paper.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        source=PAPER / "paper.tex",
        search=[f"{RESULTS}/paper", RESULTS],
        build=f"{RESULTS}/paper/build",
    script:
        "../scripts/paper.py"


# The same from published/, without training.


use rule report_inputs as published_report_inputs with:
    input:
        **paper.reported_tables("published"),
        ranks=ranks.published_tables(),
        sources=paper.sources(PAPER),
        schema=SCHEMA,
        code=reruns.code_digest("report", "results/published"),
    output:
        paper.generated("results/published/paper"),
    log:
        "results/published/logs/report_inputs.log",
    benchmark:
        "results/published/benchmarks/report_inputs.tsv"


use rule paper as typeset_published with:
    input:
        sources=paper.sources(PAPER),
        generated=rules.published_report_inputs.output,
        figures=figures.files(
            STUDY,
            "results/published/figures",
            ranks.are_published(),
            kinds=["pdf"],
        ),
        code=reruns.code_digest("report", "results/published"),
    output:
        "results/published/synthgrad.pdf",
    log:
        "results/published/logs/paper.log",
    benchmark:
        "results/published/benchmarks/paper.tsv"
    params:
        source=PAPER / "paper.tex",
        search=["results/published/paper", "results/published"],
        build="results/published/paper/build",


rule published_paper:
    input:
        checked=checked_manifest,
        made=rules.typeset_published.output,
    log:
        "results/published/logs/published_paper.log",
    benchmark:
        "results/published/benchmarks/published_paper.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder="paper",
    script:
        "../scripts/publish_files.py"
