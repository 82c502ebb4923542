"""The `synthgrad` command."""
