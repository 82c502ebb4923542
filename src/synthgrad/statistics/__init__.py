"""Paired tests, intervals, survival, trends and the estimates made with them."""
