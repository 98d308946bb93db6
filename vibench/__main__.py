"""`python -m vibench`."""

from vibench.cli.main import main

main()
