"""`python -m gateway` is the command `gateway`."""

import os
import signal
import sys

RUN_UNTIL_A_SIGNAL = {"up", "serve", "worker", "dispatch"}

if __name__ == "__main__":
    # Before the imports, so that a stop signal that comes this early also ends the process cleanly.
    if RUN_UNTIL_A_SIGNAL & set(sys.argv):
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

    from gateway.cli import main

    main(prog_name="gateway")
