"""The figures: one module each, whose `draw` turns the tables into a figure.

`tables` holds what they are drawn from, `style` how they look.
"""
