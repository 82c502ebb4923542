"""The page to explore: claims with their contrasts, verdicts judged in other ways, and curves.

One file of HTML, written from the tables of a study. Numbers come from the tables; the page only
chooses which of them it shows.
"""
