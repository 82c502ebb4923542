"""What the Snakefiles ask of the package."""
