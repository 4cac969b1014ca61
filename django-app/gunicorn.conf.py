"""How gunicorn serves the app. Read by the master before any worker starts."""

import os
import signal

from config.environment import load_or_exit
from config.log import logging_config

env = load_or_exit()

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = env.workers
threads = env.threads

# Longer than the load balancer's idle timeout of 60 s, else it reuses a connection that
# is just being closed and answers 502 (ELB guide, "HTTP 502: Bad gateway").
keepalive = 75
# A worker whose main loop is silent for this long is killed; requests run in threads.
timeout = 60
graceful_timeout = env.graceful_timeout

# The root file system may be read-only. Heartbeat files belong in memory where possible.
worker_tmp_dir = next((path for path in ("/dev/shm", "/tmp") if os.access(path, os.W_OK)), None)
control_socket_disable = True

# The longest that gunicorn takes; a load balancer's own limit is 16 KB.
limit_request_line = 8190

accesslog = None  # apps.core.request_log writes one line a request
logconfig_dict = logging_config(level=env.log_level, version=env.version, environment=env.name)


def when_ready(server):
    """Keep serving for DRAIN_DELAY seconds after SIGTERM, then stop gracefully.

    A Spot interruption or StopTask sends SIGTERM before the load balancer has taken the
    task out of service (aws/amazon-ecs-agent#2316). A second SIGTERM stops at once.
    """
    if env.drain_delay == 0:
        return
    stop = server.handle_term

    def drain():
        server.log.info("draining: serving for another %d s", env.drain_delay)
        server.handle_term = stop
        signal.signal(signal.SIGALRM, lambda *_: server.signal(signal.SIGTERM, None))
        signal.setitimer(signal.ITIMER_REAL, env.drain_delay)

    server.handle_term = drain
