"""R3, R10, R11: the power fails, the disk is full, the memory is full."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import redis

from tests.chaos.rig import NotPossible, Result, Rig
from tests.chaos.weakened import NO_MEMORY_LIMIT, Weakness
from tests.support.gateways import eventually

SHIM = Path(__file__).with_name("synced.c")


def _shim(folder: Path) -> Path:
    """The library that notes how much of each file was synced. Raises: NotPossible."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotPossible("there is no C compiler for the shim")
    library = folder / "synced.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(SHIM), "-ldl"], check=True)
    return library


def _cut_power(rig: Rig, log: Path) -> int:
    """Kills the server and cuts its file to what was synced; the bytes that were lost."""
    rig.server.kill()
    synced = {}
    for row in log.read_text().splitlines():
        inode, size = row.split()
        synced[int(inode)] = int(size)
    lost = 0
    for file in (rig.server.folder / "appendonlydir").glob("*.aof"):
        held = file.stat()
        kept = min(held.st_size, synced.get(held.st_ino, 0))
        lost += held.st_size - kept
        if ".incr." in file.name:
            os.truncate(file, kept)
    rig.server.start()
    return lost


def _power_cuts(scale: float, seed: int, fsync: str) -> Result:
    chance, cuts = random.Random(seed), max(2, int(5 * scale))
    events = max(150, int(5_000 * scale)) // cuts
    with tempfile.TemporaryDirectory() as place:
        log = Path(place) / "synced.log"
        shim = {"LD_PRELOAD": str(_shim(Path(place))), "SYNCED_LOG": str(log)}
        durability = "always" if fsync == "always" else "relaxed"
        flags = ("--appendfsync", fsync)
        with Rig(server_flags=flags, server_environ=shim, environ={"GATEWAY_DURABILITY": durability}) as rig:
            lost = []
            for cut in range(cuts):
                posts = rig.client.start(events, 250, first=cut * events)
                time.sleep(events / 250 * chance.uniform(0.4, 0.9))
                lost.append(_cut_power(rig, log))
                for one in posts:
                    one.result()
            result = rig.judge(within_s=30)
    result.figures |= {"power cuts": cuts, "bytes never synced": lost, "appendfsync": fsync}
    gone = result.figures["deliveries"] - result.figures["delivered"] - result.figures["dead"]
    result.expect(gone == 0, f"{gone} acknowledged deliveries are not in the ledger")
    result.figures["gone from the ledger"] = gone
    return result


def power_cuts(scale: float, seed: int) -> Result:
    """R3: what was not synced is cut off the append-only file."""
    return _power_cuts(scale, seed, "always")


def power_cuts_with_everysec(scale: float, seed: int) -> Result:
    """The control of R3: the same with one fsync a second."""
    return _power_cuts(min(scale, 0.1), seed, "everysec")


def _full_disk(*server_flags: str, durability: str = "always", within_s: float = 60) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="ngwdisk"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)],  # noqa: S607 - root's own mount
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        raise NotPossible(f"mounting is not allowed: {mounted.stderr.strip()}")
    try:
        environ = {"GATEWAY_DURABILITY": durability}
        with Rig(server_folder=folder, server_flags=server_flags, environ=environ, threads=16) as rig:
            posts = rig.client.start(20_000, 1e9)
            is_full = eventually(lambda: rig.client.acked.answers["503"] > 0, within_s)
            refused = rig.client.acked.answers["503"]
            subprocess.run(["mount", "-o", "remount,size=256m", str(folder)], check=True)  # noqa: S607
            rig.server.kill()
            rig.server.start()
            began = time.monotonic()
            rig.client.gives_up = True
            while rig.client.post_once("probe", 0) != 202:
                time.sleep(0.02)
            back_s = round(time.monotonic() - began, 2)
            for one in posts:
                one.result()
            result = rig.judge(within_s=within_s)
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607
        folder.rmdir()
    result.figures |= {"503 at the full disk": refused, "first 202 after s": back_s}
    result.expect(is_full, "the disk was never full")
    result.expect(back_s <= 5, f"the first 202 came {back_s} s after the restart")
    return result


def full_disk(scale: float, seed: int) -> Result:
    """R10: the disk of the ledger's server is full, and has room again."""
    return _full_disk()


def full_disk_without_file(scale: float, seed: int) -> Result:
    """The control of R10: a server that needs no disk goes on, and forgets."""
    return _full_disk("--appendonly", "no", durability="relaxed", within_s=2)


def _full_memory(memory: str, within_s: float, weakness: Weakness | None = None) -> Result:
    with Rig(channels=4, server_flags=("--maxmemory", memory), threads=16, weakness=weakness) as rig:
        stopped = rig.processes("worker")
        for one in stopped:
            one.suspend()
        posts = rig.client.start(200_000, 1e9)
        is_full = eventually(lambda: rig.client.acked.answers["503"] > 5, 240)
        rig.client.gives_up = True
        web_mb = max(one.memory_info().rss for web in rig.processes("serve") for one in [web, *web.children()]) / 2**20
        accepted = len(rig.client.acked.deliveries)
        for one in stopped:
            with suppress(psutil.NoSuchProcess):
                one.resume()
        for one in posts:
            one.result()
        result = rig.judge(within_s=within_s)
        with redis.Redis.from_url(rig.server.url) as ledger:
            errors: Any = ledger.info("errorstats")
        refused_by_server = int(errors.get("errorstat_OOM", {}).get("count", 0))
    result.figures |= {
        "maxmemory": memory,
        "accepted when full": accepted,
        "web MiB": round(web_mb),
        "commands refused for want of memory": refused_by_server,
    }
    result.expect(is_full, "the memory was never full")
    result.expect(refused_by_server == 0, "the server refused before the gateway did")
    result.expect(web_mb < 200, f"a web process has {web_mb:.0f} MiB")
    return result


def full_memory(scale: float, seed: int) -> Result:
    """R11: a flood while the workers stand still; intake refuses before the server does."""
    return _full_memory("64mb" if scale >= 0.5 else "16mb", within_s=240)


def full_memory_without_limit(scale: float, seed: int) -> Result:
    """The control of R11: intake takes what the server takes."""
    return _full_memory("8mb", 5, NO_MEMORY_LIMIT)
