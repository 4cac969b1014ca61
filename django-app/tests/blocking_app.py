"""The app with one more path, /block, which answers when the file in BLOCK_FIFO is closed."""

import os
from pathlib import Path

from config.wsgi import application as app


def application(environ, start_response):
    if environ["PATH_INFO"] != "/block":
        return app(environ, start_response)
    text = Path(os.environ["BLOCK_FIFO"]).read_bytes()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]
