"""Layers and their generators: what they see, how they are drawn, and how one step goes."""
