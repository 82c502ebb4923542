"""The figures: a module each, whose `draw` turns the tables into the figure of its name."""
