"""From the config to what is to be trained, and from training to tables."""
