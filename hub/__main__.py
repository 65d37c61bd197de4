"""`python -m hub` is `icp-hub`."""

from hub.cli import main

main()
