"""From the tables of a run to the paper and the HTML report."""
