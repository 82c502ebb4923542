"""From claims, which are data, to contrasts and verdicts."""
