"""From a setup and seeds to a history: the loop, and what is measured on the way."""
