# Figures, from the tables alone: those of this run and, on demand, the published ones.


rule figure:
    input:
        runs=rules.tables.output.runs,
        outcomes=rules.tables.output.outcomes,
        sweeps=rules.tables.output.sweeps,
        summary=rules.statistics.output.summary,
        claims=rules.claims.output[0],
        own=wiring.figure_tables(RESULTS),
        code=wiring.figure_sources,
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category=wiring.figure_category,
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
        code=wiring.figure_digest,
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
        own=wiring.figure_tables("published"),
        code=wiring.figure_sources,
    output:
        pdf="figures/{figure}.pdf",
        png="figures/{figure}.png",
    log:
        f"{RESULTS}/logs/published-figures/{{figure}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/published-figures/{{figure}}.tsv"


rule published_figures:
    input:
        wiring.figure_files(STUDY, "figures", ranks=bool(wiring.published_ranks())),
    localrule: True
