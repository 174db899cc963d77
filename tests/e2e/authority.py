"""A time-stamping authority on loopback: authority.py FOLDER. `openssl ts -reply` signs with FOLDER/tsa.pem; FOLDER/mode says what goes wrong.

FOLDER/port speaks http. authority.py FOLDER CERTIFICATE… speaks https as well, on a port for each (PEM, with its key): FOLDER/port-NAME for NAME.pem.
"""
import http.server
import pathlib
import ssl
import subprocess
import sys
import threading
import time

folder = pathlib.Path(sys.argv[1])


def openssl(*arguments):
    subprocess.run(["openssl", "ts", *arguments], check=True, stderr=subprocess.DEVNULL, cwd=folder)


def reply(query, signer="tsa", section="tsa"):
    (folder / "query.tsq").write_bytes(query)
    openssl("-reply", "-config", "tsa.cnf", "-section", section, "-queryfile", "query.tsq", "-signer", f"{signer}.pem", "-inkey", f"{signer}.key", "-out", "reply.tsr")
    return (folder / "reply.tsr").read_bytes()


def other_query(*arguments):
    openssl("-query", "-sha256", "-cert", "-out", "other.tsq", *arguments)
    return (folder / "other.tsq").read_bytes()


def digest(query):
    at = query.index(b"\x04\x20") + 2
    return query[at:at + 32].hex()


def answer(mode, query):
    return {
        "good": lambda: reply(query),
        "imprint": lambda: reply(other_query("-digest", "00" * 32)),
        "nonce": lambda: reply(other_query("-digest", digest(query))),
        "no-nonce": lambda: reply(other_query("-digest", digest(query), "-no_nonce")),
        "untrusted": lambda: reply(query, "stranger"),
        "expired": lambda: reply(query, "expired"),
        "refusal": lambda: reply(query, section="refusing"),
        "altered": lambda: reply(query)[:-20] + b"\0" * 20,
        "longer": lambda: reply(query) + b"\0",
        "short": lambda: reply(query)[:-1],
        "empty": lambda: b"",
        "garbage": lambda: bytes(range(256)) * 8,
        "html": lambda: b"<!doctype html><title>Sign in</title>",
        "large": lambda: reply(query) + b"\0" * 1000000,
        "slow": lambda: time.sleep(45) or b"",
    }[mode]()


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        with (folder / "requests").open("a") as requests:
            requests.write(f"{self.path} {self.headers['Content-Type']} {len(query)}\n")
        mode = (folder / "mode").read_text().strip()
        status = int(mode) if mode.isdigit() else 200
        body = b"" if mode.isdigit() else answer(mode, query)
        try:
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "text/html" if mode == "html" else "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # it did not wait

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a client that does not believe the certificate


def listen(name, certificate=None):
    server = Server(("127.0.0.1", 0), Authority)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)  # by the thread that reads
    threading.Thread(target=server.serve_forever).start()
    (folder / name).write_text(str(server.server_address[1]))


for path in sys.argv[2:]:
    listen("port-" + pathlib.Path(path).stem, path)
listen("port")
