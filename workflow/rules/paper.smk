# The paper: numbers and tables from the results, then LaTeX.

PAPER = Path(workflow.basedir).parent / "paper"


rule report_inputs:
    input:
        **wiring.measured_tables(),
        runs=rules.tables.output.runs,
        outcomes=rules.tables.output.outcomes,
        tuned=rules.tables.output.tuned,
        summary=rules.statistics.output.summary,
        contrasts=rules.statistics.output.statistics,
        survival=rules.statistics.output.survival,
        ranking=rules.statistics.output.ranking,
        factorial=rules.statistics.output.factorial,
        power=rules.statistics.output.power,
        claims=rules.claims.output[0],
        manifest=rules.manifest.output[0],
        ranks=wiring.reported_ranks(STUDY, RESULTS),
        schema=SCHEMA,
        code=wiring.sources("report"),
    output:
        numbers=f"{RESULTS}/paper/numbers.tex",
        tables=expand(
            f"{RESULTS}/paper/{{table}}.tex",
            table=catalogue.PAPER_TABLES,
        ),
    log:
        f"{RESULTS}/logs/report_inputs.log",
    benchmark:
        f"{RESULTS}/benchmarks/report_inputs.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        code=wiring.digest("report"),
        config=config,
    script:
        "../scripts/report_inputs.py"


rule paper:
    input:
        sources=wiring.paper_sources(PAPER),
        generated=rules.report_inputs.output,
        figures=wiring.figure_files(STUDY, f"{RESULTS}/figures", kinds=["pdf"]),
        code=wiring.sources("paper"),
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
        code=wiring.digest("paper"),
        source=PAPER / "paper.tex",
        search=[PAPER, f"{RESULTS}/paper", RESULTS],
        build=f"{RESULTS}/paper/build",
    script:
        "../scripts/paper.py"


# The same from published/ and figures/, without training.


use rule report_inputs as published_report_inputs with:
    input:
        **wiring.published_tables(),
        **wiring.measured_tables(),
        ranks=wiring.published_ranks(),
        schema=SCHEMA,
        code=wiring.sources("report"),
    output:
        numbers="results/published/paper/numbers.tex",
        tables=expand(
            "results/published/paper/{table}.tex", table=catalogue.PAPER_TABLES
        ),
    log:
        "results/published/logs/report_inputs.log",
    benchmark:
        "results/published/benchmarks/report_inputs.tsv"


use rule paper as published_paper with:
    input:
        sources=wiring.paper_sources(PAPER),
        generated=rules.published_report_inputs.output,
        figures=wiring.figure_files(
            STUDY, "figures", kinds=["pdf"], ranks=wiring.published_ranks()
        ),
        code=wiring.sources("paper"),
    output:
        "paper/synthgrad.pdf",
    log:
        "results/published/logs/paper.log",
    benchmark:
        "results/published/benchmarks/paper.tsv"
    params:
        code=wiring.digest("paper"),
        source=PAPER / "paper.tex",
        search=[PAPER, "results/published/paper", "."],
        build="results/published/paper/build",
