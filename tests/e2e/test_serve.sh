# vigie serve: the report and its history over HTTP to this machine; vigie history, the same on a terminal.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
daemon_config 1h
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --quiet "$@" >/dev/null 2>&1 || [ $? -ge 3 ]; }

# start_serve [OPTION…]: sets $serve and, on a port, $port and $url.
start_serve() {
        "$VIGIE" serve --state "$dir/state" --listen 127.0.0.1:0 "$@" 2>"$dir/serve.err" &
        serve=$!
        pids+=($serve)
        until_true "it says where it is" grep -q 'http://127.0.0.1:[0-9]*/' "$dir/serve.err"
        url=$(sed -n 's|.*\(http://127.0.0.1:[0-9]*\)/$|\1|p' "$dir/serve.err")
}
stop_serve() {
        local code=0
        kill -TERM "$serve"
        wait "$serve" || code=$?
        ok "it ends in order" test "$code" -eq 0
}
get() { curl -sS -m 60 "$@"; }
code() { : >"$dir/body"; get -o "$dir/body" -D "$dir/headers" -w '%{http_code}' "$@"; }
is() { # WHAT CODE CURL-ARGUMENT…
        local what=$1 expected=$2 got
        shift 2
        got=$(code "$@")
        [ "$got" = "$expected" ] || { cat "$dir/body" >&2; fail "$what: $got, not $expected"; }
        passed=$((passed + 1))
}

# ---- where it may listen ----------------------------------------------------------------------------
for address in 0.0.0.0:9478 192.0.2.1:80 '[::]:9478' '[2001:db8::1]:80' vigie.example.eu:80; do
        status 2 "$VIGIE" serve --state "$dir/state" --listen "$address"
        ok "$address is refused, with what to do" grep -q "no address of this machine alone.*proxy with authentication" "$dir/err"
done
status 2 "$VIGIE" serve --state "$dir/state" --listen unix:relative
status 2 "$VIGIE" serve --state "$dir/state" --listen 9478
status 2 "$VIGIE" serve --state "$dir/state" --host 'http://vigie.example.eu/'
status 2 "$VIGIE" serve --state "$dir/state" --lang fe
ok "a wrong language is named" grep -q "did you mean 'fr'" "$dir/err"
status 2 "$VIGIE" serve --state "$dir/state" more

# ---- nothing to show is not a clean report -----------------------------------------------------------
start_serve
is "no store" 503 "$url/report.json"
ok "says so" grep -q "nothing to show yet" "$dir/body"
ok "and when to come back" grep -qi "^retry-after: 30" "$dir/headers"
is "no history either" 503 "$url/history"
ok "nothing was made by reading" test ! -e "$dir/state"
mkdir "$dir/state"
: >"$dir/state/vigie.db"
is "an empty store" 503 "$url/report.json"
rm "$dir/state/vigie.db"
scan
is "a store that came meanwhile" 200 "$url/report.json"
rows() { sqlite3 "$dir/state/vigie.db" "$1"; }
cp "$dir/state/vigie.db" "$dir/kept.db"
rows "pragma journal_mode = delete; update scan set finished = null" >/dev/null
is "no scan has ended" 503 "$url/report.json"
ok "and that is said" grep -q "no scan has ended" "$dir/body"
rows "pragma user_version = 9999" >/dev/null
is "a newer store" 503 "$url/history"
ok "is named" grep -q "written by a newer vigie" "$dir/body"
printf 'no database at all, but longer than the header of one would be, which is one hundred bytes, so that it is read' >"$dir/state/vigie.db"
is "a damaged store" 503 -H 'Accept-Language: fr' "$url/report.csv"
ok "in French" grep -q "ne peut pas être lu" "$dir/body"
ok "with the damage" grep -q "is damaged" "$dir/body"
cp "$dir/kept.db" "$dir/state/vigie.db"
rm -f "$dir/state/vigie.db-wal" "$dir/state/vigie.db-shm"
sqlite3 "$dir/state/vigie.db" 'pragma journal_mode = delete' >/dev/null
sqlite3 "$dir/state/vigie.db" 'begin exclusive' '.shell sleep 4' >/dev/null &
holder=$!
pids+=($holder)
sleep 0.5
begun=$(date +%s%N)
is "a store that somebody holds" 503 "$url/report.json"
ok "is told at once" test $((($(date +%s%N) - begun) / 1000000)) -lt 2000
ok "as such" grep -q "locked" "$dir/body"
wait "$holder"
is "and served again after" 200 "$url/report.json"

# ---- the documents ---------------------------------------------------------------------------------
scan
for format in $("$VIGIE" report --format nothing 2>&1 | sed -n "s/.*is none of //p" | tr -d ','); do
        is "/report.$format" 200 "$url/report.$format"
        "$VIGIE" report --state "$dir/state" --format "$format" --output "$dir/report"
        ok "/report.$format is what vigie report writes" cmp "$dir/report" "$dir/body"
        is "/report.$format in French" 200 -H 'Accept-Language: fr-FR,fr;q=0.9,en;q=0.1' "$url/report.$format"
        LC_ALL=fr_FR.UTF-8 "$VIGIE" report --state "$dir/state" --format "$format" --output "$dir/report"
        ok "/report.$format in French, too" cmp "$dir/report" "$dir/body"
done
for by in day scan; do
        for format in json csv; do
                is "/history.$format by $by" 200 "$url/history.$format?by=$by"
                "$VIGIE" history --state "$dir/state" --format "$format" --by $by --output "$dir/report"
                ok "/history.$format by $by is what vigie history writes" cmp "$dir/report" "$dir/body"
        done
done
is "the report" 200 "$url/"
ok "is the page" grep -q '<html lang="en">' "$dir/body"
ok "that leads to its history" grep -q '<a href="/history">' "$dir/body"
ok "and its policy is the page's" grep -qi "^content-security-policy: default-src 'none'; .*style-src 'sha256-" "$dir/headers"
is "the report in French" 200 -H 'Accept-Language: fr' "$url/"
ok "is in French" grep -q '<html lang="fr">' "$dir/body"
is "the report to be taken along" 200 "$url/report.html"
ok "leads nowhere" sh -c "! grep -q 'href=\"/' '$dir/body'"
is "the page of the history" 200 "$url/history"
ok "is HTML" grep -qi '^content-type: text/html; charset=utf-8' "$dir/headers"
ok "drawn" grep -q '<svg class="chart"' "$dir/body"
ok "with the numbers beneath" grep -q '<th scope="row">20' "$dir/body"
policy=$(sed -n 's/^content-security-policy: \(.*\); frame-ancestors .none.\r$/\1/ip' "$dir/headers")
ok "the policy of the page and of the header are one" grep -qF "content=\"$policy\"" "$dir/body"
ok "which has no script and no other place" sh -c "printf %s \"$policy\" | grep -q \"^default-src 'none'; style-src 'sha256-\""
for header in 'x-content-type-options: nosniff' 'referrer-policy: no-referrer' 'x-frame-options: DENY' 'cross-origin-resource-policy: same-origin' 'cache-control: private, no-cache' 'vary: Accept-Language'; do
        ok "$header" grep -qi "^$header" "$dir/headers"
done
is "in French" 200 -H 'Accept-Language: fr' "$url/history?by=scan"
ok "the page says so" grep -q '<html lang="fr">' "$dir/body"
ok "and is" grep -q 'À traiter' "$dir/body"
is "by scan" 200 "$url/history?by=scan"
ok "with the accounts" grep -q ">$account</td>" "$dir/body"

is "no such path" 404 "$url/nothing"
ok "what there is" grep -q "/report.json .* /history" "$dir/body"
is "not below" 404 "$url/report.json/"
is "nor around" 404 --path-as-is "$url/../../etc/passwd"
is "only to be read" 405 -X POST --data x=1 "$url/report.json"
ok "says how" grep -qi '^allow: GET, HEAD' "$dir/headers"
is "nor deleted" 405 -X DELETE "$url/history"
is "a body is passed over" 200 -X GET --data-binary @"$VIGIE" "$url/history.json"
is "HEAD" 200 -I "$url/report.json"
ok "has the length" grep -qi "^content-length: $(get "$url/report.json" | wc -c)" "$dir/headers"
ok "and no body" test "$(get -I "$url/report.json" | grep -c '"vigie"')" = 0

# ---- who may ask -----------------------------------------------------------------------------------
is "a name that was made to lead here" 403 -H 'Host: attacker.example' "$url/report.json"
ok "is told what to do" grep -q -- "--host" "$dir/body"
ok "and nothing else" sh -c "! grep -q resources '$dir/body'"
is "with our port, too" 403 -H "Host: attacker.example:${url##*:}" "$url/history"
is "localhost" 200 -H "Host: localhost:${url##*:}" "$url/history.json"
is "no name at all" 403 -0 -H 'Host:' "$url/report.json"

# ---- made once a scan, and kept ----------------------------------------------------------------------
is "once" 200 "$url/report.json"
tag=$(sed -n 's/^etag: \(.*\)\r$/\1/ip' "$dir/headers")
cp "$dir/body" "$dir/first"
is "who has it" 304 -H "If-None-Match: $tag" "$url/report.json"
ok "is sent nothing" test ! -s "$dir/body"
is "another language is another" 200 -H "If-None-Match: $tag" -H 'Accept-Language: fr' "$url/report.json"
rows "update resource set name = 'changed by hand'"
is "again" 200 "$url/report.json"
ok "what was made is kept" cmp "$dir/first" "$dir/body"
scan
is "after another scan" 200 -H "If-None-Match: $tag" "$url/report.json"
ok "it is of that one" test "$(jq -r .scan.id "$dir/body")" = "$(rows 'select id from scan order by scan desc limit 1')"

# many at once, while scans go on: every answer is whole, and of one moment
for i in $(seq 5); do scan; done &
scanning=$!
pids+=($scanning)
for i in $(seq 40); do
        for path in report.json history.json report.ocsf; do printf 'url = "%s/%s"\noutput = "%s/many.%s.%s"\n' "$url" $path "$dir" "$i" $path; done
done >"$dir/many"
ok "many readers at once" curl -sS --no-progress-meter -m 60 -f --parallel --parallel-max 40 -K "$dir/many"
wait "$scanning"
for i in $(seq 40); do
        jq -e '(.findings | length) > 0 and (.resources | length) > 0' "$dir/many.$i.report.json" >/dev/null || fail "reader $i got no whole report"
        jq -e '[.history[] | select(.known)] | length > 0' "$dir/many.$i.history.json" >/dev/null || fail "reader $i got no whole history"
        jq -se 'length > 0' "$dir/many.$i.report.ocsf" >/dev/null || fail "reader $i got no whole OCSF"
done
passed=$((passed + 3))

# who reads slowly, or says nothing, holds nobody up
python3 - "${url##*:}" <<'PY' &
import socket, sys, time
held = []
for i in range(30):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.connect(("127.0.0.1", int(sys.argv[1])))
    if i % 2:
        s.sendall(b"GET /report.ocsf HTTP/1.1\r\nHost: localhost\r\n\r\n")
    held.append(s)
time.sleep(5)
PY
slow=$!
pids+=($slow)
sleep 1
begun=$(date +%s%N)
is "beside slow readers" 200 "$url/report.json"
ok "without waiting" test $((($(date +%s%N) - begun) / 1000000)) -lt 3000
kill $slow 2>/dev/null || true
ok "no child is left" test -z "$(pgrep -P "$serve" || true)"
echo "resident after all this: $(awk '/VmRSS/ { print $2 }' "/proc/$serve/status") kB"

# ---- the programme ---------------------------------------------------------------------------------
stop_serve
cp "$dir/vigie.yaml" "$dir/served.yaml"
mkdir -p "$dir/registers"
cp config/examples/registers/*.yaml "$dir/registers/"
start_serve --config "$dir/served.yaml"
is "the page of that configuration" 200 "$url/"
ok "tells of its registers" grep -q '>literacy-example<' "$dir/body"
scan
echo 'no_such_key: 1' >>"$dir/served.yaml"
is "of one that was broken since" 200 "$url/"
ok "tells no programme, and why" grep -q "? How far it is could not be reckoned.*served.yaml:[0-9]*:[0-9]*:.*no_such_key" "$dir/body"
ok "the log says so too" grep -q no_such_key "$dir/serve.err"
rm -r "$dir/registers"
stop_serve
start_serve
scan

# ---- names from anywhere -----------------------------------------------------------------------------
rows "update scan set accounts = json_object('</title></svg><script>alert(1)</script>\"''&' || char(10), 1)"
scan
is "the page with hostile names" 200 "$url/history?by=scan"
ok "holds no script" sh -c "! grep -qi '<script' '$dir/body'"
ok "but the name" grep -q '&lt;/title&gt;&lt;/svg&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;' "$dir/body"
ok "and is well-formed" python3 -c "
import html.parser, sys
class P(html.parser.HTMLParser):
    void, open = {'meta', 'rect', 'line'}, []
    def handle_starttag(self, tag, attrs):
        if tag not in self.void: self.open.append(tag)
    def handle_endtag(self, tag):
        if tag not in self.void: assert self.open.pop() == tag, tag
p = P(); p.feed(open('$dir/body').read()); p.close(); assert not p.open"
ok "the history is JSON" sh -c "curl -sS '$url/history.json?by=scan' | jq -e '.history | length > 0' >/dev/null"
stop_serve

# ---- the history on a terminal -------------------------------------------------------------------------
status 0 "$VIGIE" history --state "$dir/state"
ok "a line for the day" grep -q "^$(date -u +%Y-)" "$dir/out"
ok "what was read, of how much" grep -qE ' 0/[0-9]+$' "$dir/out"
rows "update scan set census = null where scan = 1"
status 0 "$VIGIE" history --by scan --state "$dir/state"
ok "what was not counted is not 0" grep -qE 'complete +\?' "$dir/out"
ok "and is explained" grep -q "? is not known" "$dir/out"
status 0 env LC_ALL=fr_FR.UTF-8 "$VIGIE" history --by scan --state "$dir/state"
ok "in French" grep -q "^ANALYSE" "$dir/out"
status 2 "$VIGIE" history --by week --state "$dir/state"
status 2 "$VIGIE" history --days 0 --state "$dir/state"
status 2 "$VIGIE" history --format sarif --state "$dir/state"
status 1 "$VIGIE" history --state "$dir/nowhere"
for by in day scan; do
        "$VIGIE" history --by $by --state "$dir/state" --format json --output "$dir/history.json"
        ok "by $by it is what its schema says" python3 - config/schema/history.schema.json "$dir/history.json" <<'PY'
import json, sys
import jsonschema
schema, history = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(history)
PY
done

# ---- a unix socket, a proxy's name, a language ----------------------------------------------------------
"$VIGIE" serve --state "$dir/state" --listen "unix:$dir/report.sock" --host vigie.example.eu --lang fr 2>"$dir/serve.err" &
serve=$!
pids+=($serve)
until_true "the socket is there" test -S "$dir/report.sock"
ok "of the group at most" test "$(stat -c %a "$dir/report.sock")" = 660
is "a proxy asks" 200 --unix-socket "$dir/report.sock" -H 'Accept-Language: en' http://vigie.example.eu/history
ok "French whatever the browser wants" grep -q '<html lang="fr">' "$dir/body"
is "under another name" 403 --unix-socket "$dir/report.sock" http://other.example.eu/history
kill -KILL "$serve"
{ wait "$serve" || true; } 2>/dev/null
ok "killed, it leaves the socket" test -S "$dir/report.sock"
"$VIGIE" serve --state "$dir/state" --listen "unix:$dir/report.sock" 2>"$dir/serve.err" &
serve=$!
pids+=($serve)
until_true "the next one answers there" curl -fsS --unix-socket "$dir/report.sock" -o /dev/null http://localhost/history
status 1 "$VIGIE" serve --state "$dir/state" --listen "unix:$dir/report.sock"
stop_serve
ok "the socket goes with it" test ! -e "$dir/report.sock"

# ---- stopped while a document is made -------------------------------------------------------------------
start_serve
kill -STOP "$serve" # what asks now waits until it goes on
curl -sS -o "$dir/waited" -w '%{http_code}' "$url/report.json" >"$dir/waited.code" &
asker=$!
sleep 0.3
kill -TERM "$serve"
kill -CONT "$serve"
code=0
wait "$serve" || code=$?
ok "stopped, it ends" test $code -eq 0
wait "$asker" || true
ok "and nobody is left waiting" grep -qE '200|503|000' "$dir/waited.code"
ok "no process is left" sh -c "! pgrep -f '[v]igie serve --state $dir/state'"

# ---- a socket of systemd's ------------------------------------------------------------------------------
if command -v systemd-socket-activate >/dev/null; then
        systemd-socket-activate --fdname=report -l "$dir/passed.sock" "$VIGIE" serve --state "$dir/state" >/dev/null 2>"$dir/passed.err" &
        serve=$!
        pids+=($serve)
        until_true "systemd listens" test -S "$dir/passed.sock"
        is "by the socket that was passed on" 200 --unix-socket "$dir/passed.sock" http://localhost/history.json
        ok "and nowhere else" sh -c "! grep -q 127.0.0.1 '$dir/passed.err'"
        stop_serve
fi
no_secrets 'small/world/secret/key'
finish
