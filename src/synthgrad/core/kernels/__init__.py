"""The operations in which training spends its time: what is meant, and what runs."""
