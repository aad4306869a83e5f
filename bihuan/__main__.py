"""`python -m bihuan` is the command `bihuan`."""

from bihuan.cli import main

main()
