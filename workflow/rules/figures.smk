# Figures, from the tables alone: those of this run and, on demand, the published ones.


rule figure:
    input:
        runs=rules.tables.output.runs,
        outcomes=rules.tables.output.outcomes,
        sweeps=rules.tables.output.sweeps,
        summary=rules.statistics.output.summary,
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
        "../scripts/draw.py"


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
        pdf="figures/{figure}.pdf",
        png="figures/{figure}.png",
    log:
        "results/published/logs/figures/{figure}.log",
    benchmark:
        "results/published/benchmarks/figures/{figure}.tsv"


rule published_figures:
    input:
        figures.files(STUDY, "figures", ranks.are_published()),
    localrule: True
