"""A data store that was made before a fork serves the parent and its children."""

import pytest

from support import forking_caches

PATIENCE = {"redis": "socket_timeout", "memcached": "timeout"}


@pytest.mark.parametrize("program", ["all_at_once", "breaker_lock_held"])
@pytest.mark.parametrize("kind", ["redis", "memcached"])
def test_nobody_reads_the_answer_of_another_process(request, kind, program):
    server = request.getfixturevalue(f"{kind}_server")
    server.flush()

    # A machine that is busy with five processes is no fault.
    forking_caches.run(program, kind, {**server.store_opts, PATIENCE[kind]: 20})
