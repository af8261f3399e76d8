#!/usr/bin/env python3
"""A server for a shared cache on loopback, which ends with the test that started it.

    cache_server.py URL_FILE LOG HELD

Writes its address to URL_FILE when it listens, and each request to LOG: "GET /cas/...". While there is a file HELD,
what is put waits. What is not there is answered with the status in $MISSING (404), and the code in $MISSING_CODE.
"""
import http.server
import os
import sys
import threading
import time

URL_FILE, LOG, HELD = sys.argv[1:]
OBJECTS = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass

    def answer(self):
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path}\n")
        body, code = self.rfile.read(int(self.headers.get("Content-Length", 0))), 200
        if self.command == "PUT":
            while os.path.exists(HELD):
                time.sleep(0.02)
            OBJECTS[self.path], body = body, b""
        else:
            code = 200 if self.path in OBJECTS else int(os.environ.get("MISSING", "404"))
            body = OBJECTS.get(self.path, f"<Error><Code>{os.environ.get('MISSING_CODE')}</Code></Error>".encode())
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = answer


def main():
    parent = os.getppid()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(URL_FILE + ".new", "w", encoding="utf-8") as file:
        file.write(f"http://127.0.0.1:{server.server_port}")
    os.rename(URL_FILE + ".new", URL_FILE)
    while os.getppid() == parent:
        time.sleep(0.1)


main()
