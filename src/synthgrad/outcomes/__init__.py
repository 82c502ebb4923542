"""From the tables of the jobs to those of a study."""
