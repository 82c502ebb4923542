"""Choosing step sizes: where they are looked for, how far points are trained, which are taken."""
