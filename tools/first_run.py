"""`make run`: starts the gateway on the shipped example, posts a few events, and shows what arrived.

With RUN_ONCE=1 it ends afterwards; otherwise the gateway runs until Ctrl-C.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

EVENTS = ("ticket.status_changed", "ticket.comment_added", "rmm_alert.created", "payment.made")
GATEWAY = [sys.executable, "-m", "gateway"]
DATA = Path(os.environ.get("GATEWAY_DATA") or "data")


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Ctrl-C, SIGTERM, or a terminal that was closed."""


def stop(signum: int, frame: object) -> None:  # noqa: ARG001 - a handler's signature
    raise Stopped


def main() -> int:
    began = time.time()
    # In a process group of its own the gateway gets no Ctrl-C of the terminal: it is stopped from here, once.
    running = subprocess.Popen([*GATEWAY, "up", "--next-port"], process_group=0)
    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    try:
        while not is_published(since=began):
            if running.poll() is not None:
                return running.returncode
            time.sleep(0.05)
        time.sleep(0.2)  # the gateway prints its start message first
        arrived = [show("send", event, "--example", "--wait") for event in EVENTS]
        show("inbox")
        print(next_steps(), flush=True)
        if not os.environ.get("RUN_ONCE"):
            return running.wait()
    except Stopped:
        arrived = []
    except BrokenPipeError:  # nobody reads the output any more, as in `make demo | head`
        arrived = []
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for number in STOP_SIGNALS:  # another Ctrl-C is passed on, and ends the gateway at once
        signal.signal(number, lambda *_: running.terminate())
    running.terminate()
    return running.wait() or (0 if all(arrived) else 1)


def is_published(since: float) -> bool:
    """Whether the gateway that was started at *since* has published its address."""
    try:
        return (DATA / "address").stat().st_mtime >= since
    except FileNotFoundError:
        return False


def show(*words: str) -> bool:
    """Runs a command of the gateway as if it was typed; whether it succeeded."""
    print(f"\n$ gateway {' '.join(words)}", flush=True)
    return subprocess.run([*GATEWAY, *words], check=False).returncode == 0


def next_steps() -> str:
    gateway = Path(sys.executable).with_name("gateway")
    program = shlex.quote(os.path.relpath(gateway)) if gateway.exists() else f"{sys.executable} -m gateway"
    if Path("data") != DATA:
        program += f" --data {shlex.quote(str(DATA))}"
    commands = {
        "explain ticket.status_changed --example": "show who is notified of this event, and why",
        "inbox --follow": "watch new messages arrive",
        "catalog": "list all notifications that routes can name",
        "events": "list what was posted; `events ID` shows one event in detail",
    }
    width = max(map(len, commands))
    lines = "\n".join(f"  {program} {command:<{width}}    {purpose}" for command, purpose in commands.items())
    return f"""
The gateway has sent these messages to a local inbox. Two sets of files decided who gets them:

  catalog.yaml     the event types, and the notifications that each of them can lead to
  routes/*.yaml    which notifications go to which people and channels

While the gateway runs here, you can try these commands in another terminal, in this folder:

{lines}

Change routes/routes.yaml, and the running gateway uses the change within seconds. README.md shows how to send
to Slack, Teams or e-mail. Ctrl-C stops the gateway.
"""


if __name__ == "__main__":
    sys.exit(main())
