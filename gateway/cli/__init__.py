"""The command line: `main` is the command `gateway`."""

from gateway.cli.group import main as main
