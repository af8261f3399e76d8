"""Servers that a cache is kept on, on loopback: nginx, one that takes signed requests alone (S3), and one that
fails as it is told."""
import contextlib
import hashlib
import http.server
import os
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time
import urllib.parse

# What stands around the example in Debian's nginx.conf, as far as somebody else than root may do so.
NGINX = """@USER@ daemon off; pid @DIR@/nginx.pid; error_log @DIR@/error.log; worker_processes 1;
events { worker_connections 64; }
http {
    access_log off; proxy_temp_path @DIR@/tmp; fastcgi_temp_path @DIR@/tmp; uwsgi_temp_path @DIR@/tmp;
    scgi_temp_path @DIR@/tmp;
    @SITE@
}
"""
S3_KEY, S3_SECRET, S3_REGION = "TESTKEY", "TESTSECRET", "us-east-1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens at port {port}")


@contextlib.contextmanager
def nginx(where):
    """-> its url; objects are files below where/store"""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        raise RuntimeError("nginx is missing: install nginx-light")
    port, store = free_port(), os.path.join(where, "store")
    os.makedirs(store)
    with open(os.path.join(os.environ["SOURCE"], "examples/cache/nginx.conf"), encoding="utf-8") as file:
        text = file.read().replace("/srv/restage-cache", store).replace("listen 8085", f"listen 127.0.0.1:{port}")
    user = "user root;" if os.geteuid() == 0 else ""  # its workers would be nobody
    with open(os.path.join(where, "nginx.conf"), "w", encoding="utf-8") as file:
        file.write(NGINX.replace("@DIR@", where).replace("@USER@", user).replace("@SITE@", text))
    with subprocess.Popen([program, "-c", os.path.join(where, "nginx.conf"), "-e", os.path.join(where, "early.log"),
                           "-p", where], stdin=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # who asks goes away when it has enough

    @contextlib.contextmanager
    def running(self):
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *args):
        pass

    def answer(self, code, body=b"", **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


class FaultyHandler(Handler):
    def store(self):
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        if self.server.fault == "slow_put" and self.command == "PUT":
            self.left = int(self.headers["Content-Length"])
            return self.slow_put()
        self.sent = body = self.read_body()
        if self.command == "PUT" and len(body) > self.server.limit:
            return self.answer(413)
        fault = getattr(self, self.server.fault, None) if self.server.fault != "slow_put" else None
        return fault() if fault else self.plain(body)

    def plain(self, body):
        if self.command == "PUT":
            self.server.objects[self.path] = body
            return self.answer(201)
        found = self.server.objects.get(self.path.removeprefix("/moved"))
        return self.answer(404) if found is None else self.answer(200, found)

    do_GET = do_HEAD = do_PUT = store

    def found(self):
        return self.server.objects.get(self.path, b"?" * 100)

    def error_500(self):
        self.answer(500, b"x" * 1000)

    def forbidden(self):
        self.answer(403)

    def full(self):
        self.answer(507 if self.command == "PUT" else 404)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def stall(self):
        self.server.ends.wait(20)

    def stall_in_body(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"{")
        self.wfile.flush()
        self.server.ends.wait(20)

    def cut(self):
        body = self.found()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2])
        self.close_connection = True

    def short(self):
        self.answer(200, self.found()[:-1])

    def poisoned(self):
        body = self.found()
        self.answer(200, body if self.path.startswith("/ac/") else bytes([body[0] ^ 1]) + body[1:] if body else b"x")

    def endless(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        while not self.server.ends.is_set():
            self.wfile.write(b" " * 65536)

    def trickle_of(self, pieces):
        """So much that it is no stall: 2,000 bytes a second."""
        for piece in pieces:
            if self.server.ends.wait(0.5):
                return
            self.wfile.write(piece)

    def trickle(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        self.trickle_of(b" " * 1000 for _ in range(1 << 20))

    def trickle_contents(self):
        body = self.server.objects.get(self.path, b"")
        if self.command != "GET" or self.path.startswith("/ac/") or len(body) < 20000:
            return self.plain(self.sent)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.trickle_of(body[at:at + 1000] for at in range(0, len(body), 1000))

    def slow_put(self):
        """Takes what is large by and by: no stall, and no end."""
        left = self.left
        while left > 0 and not self.server.ends.wait(0.3):
            left -= len(self.rfile.read(min(left, 65536)))
        self.answer(201)

    def endless_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.close_connection = True
        while not self.server.ends.is_set():
            self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    def no_http(self):
        self.wfile.write(b"\x00\xff garbage\r\n\r\n")
        self.close_connection = True

    def redirect(self):
        if self.path.startswith("/moved") or self.command == "PUT":
            self.server.fault = ""
            self.server.asked.pop()
            return self.store()
        # another name of the same host
        return self.answer(302, Location=f"http://localhost:{self.server.server_port}/moved{self.path}")

    def redirect_for_ever(self):
        self.answer(302, Location=self.path)

    def redirect_to_a_file(self):
        self.answer(302, Location="file:///etc/passwd")


@contextlib.contextmanager
def faulty():
    """-> a server with .url, .fault (a method of FaultyHandler; "": none), .limit (bytes of an object),
    .objects by path and .asked"""
    server = Server(("127.0.0.1", 0), FaultyHandler)
    server.fault, server.objects, server.asked, server.ends = "", {}, [], threading.Event()
    server.limit = float("inf")
    with server.running():
        try:
            yield server
        finally:
            server.ends.set()


class SignedHandler(Handler):
    """Takes only requests whose AWS signature (v4) botocore computes as well, with their content's digest."""

    def refuse(self, code, why):
        self.server.refused.append(why)
        self.answer(code, f"<Error><Code>{why}</Code></Error>".encode())

    def mistake(self):
        from botocore.auth import S3SigV4Auth  # pylint: disable=import-outside-toplevel
        from botocore.awsrequest import AWSRequest  # pylint: disable=import-outside-toplevel
        from botocore.credentials import Credentials  # pylint: disable=import-outside-toplevel
        said = self.headers.get("Authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 "):
            return "AccessDenied"
        parts = dict(part.strip().split("=", 1) for part in said[17:].split(","))
        signed = parts["SignedHeaders"].split(";")
        if "x-amz-content-sha256" not in signed or "host" not in signed:
            return "InvalidRequest"
        if self.headers.get("x-amz-security-token") and "x-amz-security-token" not in signed:
            return "InvalidToken"
        request = AWSRequest(method=self.command, url=f"http://{self.headers['Host']}{self.path}",
                             headers={name: self.headers[name] for name in signed if name != "host"})
        signer = S3SigV4Auth(Credentials(S3_KEY, S3_SECRET), "s3", S3_REGION)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        request.headers["Host"] = self.headers["Host"]
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        return None if signature == parts["Signature"] else "SignatureDoesNotMatch"

    def do_PUT(self):
        body = self.read_body()
        why = self.mistake()
        if why:
            return self.refuse(403, why)
        if hashlib.sha256(body).hexdigest() != self.headers["x-amz-content-sha256"]:
            return self.refuse(400, "XAmzContentSHA256Mismatch")
        self.server.objects[urllib.parse.unquote(self.path)] = body
        return self.answer(200)

    def do_GET(self):
        why = self.mistake()
        if why:
            return self.refuse(403, why)
        found = self.server.objects.get(urllib.parse.unquote(self.path))
        return self.answer(404) if found is None else self.answer(200, found)

    do_HEAD = do_GET


@contextlib.contextmanager
def s3():
    """-> a server with .url, .environment (for who asks it), .objects by path and .refused"""
    server = Server(("127.0.0.1", 0), SignedHandler)
    server.objects, server.refused = {}, []
    server.environment = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": S3_REGION, "AWS_ACCESS_KEY_ID": S3_KEY,
                          "AWS_SECRET_ACCESS_KEY": S3_SECRET}
    with server.running():
        yield server
