"""What `gateway/cli/serve.py` and `gateway/web/` rely on in granian beyond its documentation."""

from __future__ import annotations

import inspect

from granian import Granian
from granian.http import HTTP1Settings


def test_the_application_may_come_from_a_loader_of_ours() -> None:
    assert {"target_loader", "wrap_loader"} <= set(inspect.signature(Granian.serve).parameters)


def test_the_server_has_the_limits_that_we_set() -> None:
    wanted = {"backlog", "backpressure", "workers_kill_timeout", "process_name", "log_dictconfig", "http1_settings"}

    assert wanted <= set(inspect.signature(Granian.__init__).parameters)
    settings = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65536, pipeline_flush=False)
    assert (settings.header_read_timeout, settings.max_buffer_size) == (10_000, 65536)


def test_its_log_has_the_names_that_we_send_to_ours() -> None:
    from granian import log

    assert log.logger.name == "_granian"
    assert log.log_levels_map
