"""What the Snakefiles ask of the package, a module for each of their topics.

They stay free of functions, and these can be called and tested without Snakemake.
"""
