"""A data store made before a fork works in the parent and its children."""

import pytest

from support import forking_caches

TIMEOUT_OPTIONS = {"redis": "socket_timeout", "memcached": "timeout"}


@pytest.mark.parametrize("program", ["all_at_once", "breaker_lock_held"])
@pytest.mark.parametrize("kind", ["redis", "memcached"])
def test_no_process_reads_the_answers_of_another(request, kind, program):
    server = request.getfixturevalue(f"{kind}_server")
    server.flush()

    # A long timeout: a machine that is busy with five processes must not fail the test.
    forking_caches.run(program, kind, {**server.store_opts, TIMEOUT_OPTIONS[kind]: 20})
