"""Answers as the providers' own documentation and client libraries show them, over TLS on loopback: apart from cloudsim, so that what one of the two gets
wrong the other may have right. Each tests/fixtures/replay/<provider>/answers.json is {hosts, auth, refusals, answers}:

  auth      what a request must have: {"header": {name: value}}, or {"ovh_signature": {host, application_key, application_secret,
            consumer_key, clock: seconds}}
  refusals  [{header: {name: value}, host, status, body}] for one that has not; the first that fits, the last fits all
  answers   [{host?, method?, path, query?: {name: value}, header?: {name: value}, open?: true, status?, headers?, body | text}] by host (default: the first
            of hosts), path (a pattern), those parameters and headers; the first that fits. What fits none is written to the log, and 404.

replay.py serve FOLDER CERTIFICATE KEY PORT-FILE LOG
replay.py compare EXPECTED SCAN: the inventory of a scan is the expected one: {kind: {id: {fact: value, "?fact": part of the cause, "-fact": null}}}
"""
import fnmatch, hashlib, http.server, json, pathlib, ssl, sys, time, urllib.parse


def has_headers(request, wanted):
    return all(request.headers.get(name) == value for name, value in (wanted or {}).items())


def is_signed(request, host, key):
    stamp = request.headers.get("X-Ovh-Timestamp", "")
    if host != key["host"] or not stamp.isdigit() or abs(int(stamp) - int(time.time()) - key.get("clock", 0)) > 30:
        return False
    text = "+".join((key["application_secret"], key["consumer_key"], request.command, "https://" + host + request.path, request.sent, stamp))
    return has_headers(request, {"X-Ovh-Application": key["application_key"], "X-Ovh-Consumer": key["consumer_key"],
                                 "X-Ovh-Signature": "$1$" + hashlib.sha1(text.encode()).hexdigest()})


def may(request, host, auth):
    return any(has_headers(request, way["header"]) if "header" in way else is_signed(request, host, way["ovh_signature"]) for way in auth)


def fits(answer, provider, request, host, path, query):
    return (host == answer.get("host", provider["hosts"][0]) and request.command == answer.get("method", "GET") and fnmatch.fnmatchcase(path, answer["path"])
            and has_headers(request, answer.get("header")) and all(query.get(name, [None])[0] == value for name, value in answer.get("query", {}).items()))


def answer_to(providers, request, log):
    host = request.headers["Host"].split(":")[0]
    path, _, text = request.path.partition("?")
    query = urllib.parse.parse_qs(text, keep_blank_values=True)
    provider = next((p for p in providers if host in p["hosts"]), None)
    if not provider:
        log.write(f"no such host {host}\n")
        return {"status": 421, "text": ""}
    answer = next((a for a in provider["answers"] if fits(a, provider, request, host, path, query)), None)
    if not (answer and answer.get("open")) and not may(request, host, provider["auth"]):
        return next(r for r in provider["refusals"] if has_headers(request, r.get("header")) and r.get("host", host) == host)
    if not answer:
        log.write(f"{request.command} {host}{request.path}\n")
    return answer or {"status": 404, "body": provider["not_found"]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body go together

    def reply(self):
        self.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        answer = answer_to(self.server.providers, self, self.server.log)
        body = answer.get("body", "")
        if body == "@time":
            body = int(time.time()) + answer.get("clock", 0)
        data = (answer["text"] if "text" in answer else json.dumps(body)).encode()
        self.send_response(answer.get("status", 200))
        for name, value in {"Content-Type": "application/json", **answer.get("headers", {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_HEAD = reply

    def log_message(self, *_):
        pass


def serve(folder, certificate, key, port_file, log):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.providers = [json.loads(f.read_text()) for f in sorted(pathlib.Path(folder).glob("*/answers.json"))]
    server.log = open(log, "w", buffering=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    pathlib.Path(port_file).write_text(str(server.server_address[1]))
    server.serve_forever()


def wrong_fact(resource, name, value):
    fact = resource["facts"].get(name.lstrip("?-"), {"state": "not there"})
    if name[0] == "?":
        return fact["state"] != "unknown" or value not in fact["cause"]
    if name[0] == "-":
        return fact["state"] != "absent"
    if name[0] == "@":
        return resource[name[1:]] != value
    return fact["state"] != "known" or fact["value"] != value


def compare(expected, scan):
    expected, scan = json.load(open(expected)), json.load(open(scan))
    found, faults = {}, []
    for resource in scan["resources"]:
        found.setdefault(resource["kind"], {})[resource["id"]] = resource
    for kind in sorted(set(found) | set(expected)):
        for gone in sorted(set(expected.get(kind, {})) - set(found.get(kind, {}))):
            faults.append(f"{kind}: {gone} was not found")
        for more in sorted(set(found.get(kind, {})) - set(expected.get(kind, {}))):
            faults.append(f"{kind}: {more} was found, and is not in the answers")
        for known in sorted(set(found.get(kind, {})) & set(expected.get(kind, {}))):
            resource = found[kind][known]
            faults += [f"{kind}: {known}: {name} is {json.dumps(resource['facts'].get(name.lstrip('?-'), resource.get(name[1:])))}, not {json.dumps(value)}"
                       for name, value in expected[kind][known].items() if wrong_fact(resource, name, value)]
    print("\n".join(faults))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(serve(*sys.argv[2:]) if sys.argv[1] == "serve" else compare(*sys.argv[2:]))
