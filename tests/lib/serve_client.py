"""A client of `restage serve` that can do what a browser would not."""
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time

from report_data import data_of

PATIENCE = 120  # seconds until something that never comes is an error


class Serve:
    """The program, started in the present directory. Ends the test if it was built without serve."""

    def __init__(self, *args):
        self.process = subprocess.Popen([os.environ["RESTAGE"], "serve", *args], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.address = self.process.stdout.readline().decode().strip()
        if not self.address:
            code, text = self.process.wait(), self.process.stderr.read().decode()
            if "built without 'serve'" in text:
                print("this restage has no serve")
                os._exit(0)
            raise SystemExit(f"serve ended with {code}: {text}")
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/[0-9a-f]{32}/)", self.address)
        assert match, self.address
        self.port, self.path = int(match[1]), match[2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, path=None, method="GET", hosts=None, headers=(), body=b""):
        """One request; the open response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, self.path if path is None else path, skip_host=True,
                              skip_accept_encoding=True)
        for host in [f"127.0.0.1:{self.port}"] if hosts is None else hosts:
            connection.putheader("Host", host)
        for name, value in headers:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection.getresponse()

    def page(self):
        response = self.ask()
        assert response.status == 200, response.status
        return data_of(response.read())

    def listen(self, data=None, last=None):
        """The stream behind a page's data, or behind the last event that was seen."""
        headers = [("Last-Event-ID", last)] if last else []
        return Stream(self.ask(self.path + (data["live"]["events"] if data else "events"), headers=headers))


class Stream:
    """Iterates over (id, event)."""

    def __init__(self, response):
        assert response.status == 200, (response.status, response.read())
        assert response.headers["Content-Type"].startswith("text/event-stream"), response.headers
        self.response = response
        self.last = None

    def __iter__(self):
        return self

    def __next__(self):
        fields = {}
        while True:
            line = self.response.readline().decode("utf-8")
            if not line:
                raise StopIteration
            if line == "\n":
                if "data" in fields:
                    self.last = fields.get("id", self.last)
                    return fields["id"], json.loads(fields["data"])
                fields = {}
            elif not line.startswith(":"):
                name, _, value = line.rstrip("\n").partition(": ")
                assert name in ("id", "data", "retry"), line
                fields[name] = value

    def until(self, name):
        """All events up to one of this name."""
        events = []
        for _, event in self:
            events.append(event)
            if event["event"] == name:
                return events
        raise AssertionError(f"the stream ended before {name}: {events}")

    def close(self):
        self.response.close()


def is_of_record(event):
    return event["event"] not in ("stage", "pipeline_log")


def wait_until(question):
    end = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < end, "this never came true"
        time.sleep(0.05)


def hang(port, data):
    """A connection that sends something and then nothing. None if it is refused."""
    connection = socket.socket()
    connection.settimeout(5)
    try:
        connection.connect(("127.0.0.1", port))
        connection.sendall(data)
    except OSError:
        connection.close()
        return None
    return connection


def start_run(*args):
    return subprocess.Popen([os.environ["RESTAGE"], "run", *args], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def record(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


__all__ = ["Serve", "Stream", "hang", "is_of_record", "record", "start_run", "sys", "time", "wait_until"]
