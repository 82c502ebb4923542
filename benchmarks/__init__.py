"""What a training step costs: side by side with others, and as the problem grows."""
