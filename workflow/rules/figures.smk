# Figures, from the tables alone: those of this run and, on demand, the published ones.


rule figure:
    input:
        runs=rules.tables.output.runs,
        outcomes=rules.tables.output.outcomes,
        sweeps=rules.tables.output.sweeps,
        summary=rules.estimates.output.summary,
        claims=rules.claims.output[0],
        own=figures.own_tables(RESULTS),
        code=reruns.code_digest("figures", RESULTS),
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category=html_report.category,
            labels={"figure": "{figure}"},
        ),
    log:
        f"{RESULTS}/logs/figures/{{figure}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/{{figure}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
    params:
        caption=html_report.caption(STUDY),
        resamples=STUDY.resamples,
        seed=STUDY.bootstrap_seed,
    script:
        "../scripts/figure.py"


use rule figure as published_figure with:
    input:
        runs="published/runs.parquet",
        outcomes="published/outcomes.parquet",
        sweeps="published/sweeps.parquet",
        summary="published/summary.csv",
        claims="published/claims.csv",
        own=figures.own_tables("published"),
        code=reruns.code_digest("figures", "results/published"),
    output:
        pdf="results/published/figures/{figure}.pdf",
        png="results/published/figures/{figure}.png",
    log:
        "results/published/logs/figures/{figure}.log",
    benchmark:
        "results/published/benchmarks/figures/{figure}.tsv"


# What is tracked is replaced when all is drawn; as an output it would be deleted before.
rule published_figures:
    input:
        checked=checked_manifest,
        made=figures.files(STUDY, "results/published/figures", ranks.are_published()),
    log:
        "results/published/logs/published_figures.log",
    benchmark:
        "results/published/benchmarks/published_figures.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folder="figures",
    script:
        "../scripts/publish_files.py"
