# Figures, from the tables alone.
