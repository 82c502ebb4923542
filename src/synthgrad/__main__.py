"""The `synthgrad` command as `python -m synthgrad`."""

from synthgrad.cli.main import main

main()
