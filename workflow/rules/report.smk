# Tables to browse in the HTML report, beside the figures.


rule pages:
    input:
        claims=rules.claims.output[0],
        robustness=rules.robustness.output[0],
        tuned=rules.tables.output.tuned,
        manifest=rules.manifest.output[0],
        code=reruns.code_digest("report", RESULTS),
    output:
        verdicts=report(
            f"{RESULTS}/pages/verdicts.html",
            caption="../report/claims.rst",
            category="In one look",
            labels={"figure": "verdicts and contrasts, as tables"},
        ),
        settings=report(
            f"{RESULTS}/pages/settings.html",
            caption="../report/settings.rst",
            category="Settings and run",
            labels={"page": "experiments and step sizes"},
        ),
        run=report(
            f"{RESULTS}/pages/run.html",
            caption="../report/run.rst",
            category="Settings and run",
            labels={"page": "what made the results"},
        ),
    log:
        f"{RESULTS}/logs/pages.log",
    benchmark:
        f"{RESULTS}/benchmarks/pages.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=500,
    params:
        questions=html_report.questions(config),
    script:
        "../scripts/pages.py"
