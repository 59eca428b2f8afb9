"""`make run`: starts the gateway on the shipped example, posts a few events, and shows what arrived.

With RUN_ONCE=1 it ends afterwards; else the gateway stays until Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

EVENTS = ("ticket.status_changed", "ticket.comment_added", "rmm_alert.created", "payment.made")
GATEWAY = [sys.executable, "-m", "gateway"]
DATA = Path(os.environ.get("GATEWAY_DATA") or "data")


def main() -> int:
    began = time.time()
    running = subprocess.Popen([*GATEWAY, "up"])
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal tells the gateway as well
    signal.signal(signal.SIGTERM, lambda *_: running.terminate())
    while not is_published(since=began):
        if running.poll() is not None:
            return running.returncode
        time.sleep(0.05)
    time.sleep(0.2)  # its start message comes first
    arrived = [show("send", event, "--example", "--wait") for event in EVENTS]
    show("inbox")
    print(next_steps(), flush=True)
    if os.environ.get("RUN_ONCE"):
        running.terminate()
    return running.wait() or (0 if all(arrived) else 1)


def is_published(since: float) -> bool:
    """Whether the gateway that was started at *since* says where it is."""
    try:
        return (DATA / "address").stat().st_mtime >= since
    except FileNotFoundError:
        return False


def show(*words: str) -> bool:
    print(f"\n$ gateway {' '.join(words)}", flush=True)
    return subprocess.run([*GATEWAY, *words], check=False).returncode == 0


def next_steps() -> str:
    gateway = Path(sys.executable).with_name("gateway")
    program = os.path.relpath(gateway) if gateway.exists() else "python -m gateway"
    return f"""
Those were real messages: routes/*.yaml says who hears of what, catalog.yaml what there is to hear.
What to try next, in another terminal:

  {program} explain ticket.status_changed --example    who would hear of it, and why
  {program} inbox --follow                             watch what arrives
  {program} catalog                                    all 106 notifications
  {program} events                                     what was posted; one in detail: events ID

Then change routes/routes.yaml: the gateway follows within a second. README.md shows how to reach
Slack, Teams or e-mail. Ctrl-C stops the gateway.
"""


if __name__ == "__main__":
    sys.exit(main())
