"""The headline's contrasts: every method against every reference on the primary outcome."""

from synthgrad.statistics.estimates import PRIMARY
from synthgrad.statistics.multiplicity import SIGNIFICANCE


def headline_contrasts(run):
    """Rows of the headline's contrasts on the primary outcome."""
    contrasts = run.contrasts
    chosen = (contrasts["experiment"] == "headline") & (contrasts["measure"] == PRIMARY)
    return contrasts[chosen].to_dict("records")


def side_of(contrast):
    """Where an arm is by the adjusted test: above or below its reference, or open."""
    if not contrast["p_adjusted"] <= SIGNIFICANCE:
        return "open"
    return "above" if contrast["estimate"] > 0 else "below"
