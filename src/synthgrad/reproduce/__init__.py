"""What made a run, and whether another agrees with it."""
