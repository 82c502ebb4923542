"""The training loop, what it leaves behind, and what is measured on the way."""
