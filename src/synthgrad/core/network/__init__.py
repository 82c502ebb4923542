"""Layers, generators and what they look at; how a network is built and how one step goes."""
