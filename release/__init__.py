"""What is made for a release: an archive that describes itself, and the paper's sources for arXiv.

Run from the project's folder: `make release` and `make arxiv`.
"""
