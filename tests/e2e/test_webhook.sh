# Events to a webhook: CloudEvents, signed, each once and in order, kept while nobody takes them; a secret that is never told.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
mkdir -p "$dir/secret" "$dir/received"
printf 'essai-of-a-secret-0123456789\n' >"$dir/secret/hook"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout "$dir/secret/key.pem" -out "$dir/tls/hook.pem" 2>/dev/null
start_receiver() {
        rm -f "$dir/received/port"
        python3 tests/e2e/webhook.py "$dir/received" "$dir/tls/hook.pem" "$dir/secret/key.pem" "${1:-0}" 2>"$dir/receiver.err" &
        receiver=$!
        pids+=($receiver)
        until_true "the receiver listens" test -s "$dir/received/port"
}
answer() { echo "$1" >"$dir/received/answer"; }
received() { jq -s "$@" "$dir/received/requests" 2>/dev/null; }
is() { jq -se "$1" "$dir/received/requests" >/dev/null; }
scan() { "$VIGIE" scan --daemon --quiet --state "$dir/state" >/dev/null 2>&1 || true; }

# what is refused before anything is sent
for bad in 'url: "http://example.eu/x", secret: hook' 'url: "https://u:p@example.eu/", secret: hook' 'url: "ftp://example.eu", secret: hook' \
        'url: "https://example.eu/", secret: "../hook"' 'url: "https://example.eu/"' 'secret: hook' 'url: "https://example.eu/", secret: hook, retries: 3'; do
        daemon_config 1h "alerts: {webhook: {$bad}}"
        status 2 "$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/state"
        ok "the place is named" grep -q 'vigie.yaml:5:' "$dir/err"
done

answer 200
start_receiver
hook="alerts: {webhook: {url: \"https://localhost:$(cat "$dir/received/port")/events?v=1\", secret: hook, network: {ca_file: \"$dir/tls/hook.pem\"}}}"
daemon_config 1h "$hook"
start_daemon CREDENTIALS_DIRECTORY="$dir/secret"
until_true "it runs" test -S "$dir/state/control"
scan
events=$(rows "select count(*) from event")
until_true "all events arrive" sh -c "[ \$(wc -l <'$dir/received/requests') -ge $(rows "select count(*) from event") ]"
ok "as many as there are" test "$(received length)" -eq "$(rows 'select count(*) from event')"
ok "as CloudEvents" is 'all(.[]; .headers["Content-Type"] == "application/cloudevents+json; charset=utf-8" and (.body | fromjson | .specversion == "1.0" and (.id | length > 0) and (.source | startswith("urn:vigie:")) and (.type | test("^vigie\\.[a-z]+\\.[a-z]+\\.v1$")) and (.time | test("^20.*Z$"))))'
ok "no attribute with a name that is none" is 'all(.[]; .body | fromjson | keys | all(.[]; test("^[a-z0-9]{1,20}$")))'
ok "where it was asked for" is 'all(.[]; .path == "/events?v=1")'
ok "a finding with its severity and words" is 'any(.[]; .body | fromjson | .type == "vigie.finding.opened.v1" and (.severity | test("^(critical|high|medium|low|info)$")) and (.data.message | length > 20) and .data.rule == "LOG-003" and (.subject | startswith("aws/")))'
ok "each id once" is '[.[] | .body | fromjson | .id] | length == (unique | length)'
ok "in their order" is '[.[] | .body | fromjson | .id | split("-") | last | tonumber] | . == sort'
python3 - "$dir/received/requests" essai-of-a-secret-0123456789 <<'PY' || fail "a signature is wrong"
import hashlib, hmac, json, sys, time
for line in open(sys.argv[1]):
    request = json.loads(line)
    fields = dict(part.split("=", 1) for part in request["headers"]["Vigie-Signature"].split(","))
    wanted = hmac.new(sys.argv[2].encode(), (fields["t"] + "." + request["body"]).encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(wanted, fields["sha256"]), request
    assert abs(time.time() - int(fields["t"])) < 600
PY
passed=$((passed + 1))

# nobody takes them: kept, told once, sent again under the same id
answer 503
scan
until_true "it is told" said "the webhook does not take events, they are kept and sent later: HTTP 503"
refused=$(received '[.[] | select(.status == 503) | .body | fromjson | .id] | first')
answer 204
until_true "sent again, by itself" is "any(.[]; .status == 204 and (.body | fromjson | .id) == $refused)"
until_true "and that is told" said "the webhook takes events again"
ok "one at a time: nothing passed it" is "[.[] | select(.status != 200) | .body | fromjson | .id] | .[0] == .[1]"

# redirects are not followed
answer 302
scan
until_true "told" said "HTTP 302; redirects are not followed"
ok "not followed" is 'all(.[]; .path == "/events?v=1")'
answer 200

# killed while something waits: it comes after the next start, under its id; what was taken does not come again
kill -KILL $receiver
wait $receiver 2>/dev/null || true
at=$(cat "$dir/received/port")
scan
kill -KILL "$daemon"
{ wait "$daemon" || true; } 2>/dev/null
start_receiver "$at"
start_daemon CREDENTIALS_DIRECTORY="$dir/secret"
until_true "what waited is sent" sh -c "jq -se '[.[] | select(.status < 300) | .body | fromjson | .id] | unique | length' '$dir/received/requests' | grep -qx \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from event')\""
ok "nothing that was taken came again" is '[.[] | select(.status < 300) | .body | fromjson | .id] | length == (unique | length)'

# an event that is refused for what it is does not hold up the others
answer 422
scan
until_true "told" said "(HTTP 422): it is not sent again"
answer 200
scan
until_true "the next one arrives" sh -c "tail -1 '$dir/received/requests' | jq -e '.status == 200' >/dev/null"

# a secret that was renewed is used, without reload; none is told, and the events wait
printf 'another-secret-of-the-essai\n' >"$dir/secret/hook"
n=$(received length)
scan
until_true "signed with the new one" sh -c "[ \$(wc -l <'$dir/received/requests') -gt $n ]"
python3 -c '
import hashlib, hmac, json, sys
request = json.loads(open(sys.argv[1]).readlines()[-1])
fields = dict(part.split("=", 1) for part in request["headers"]["Vigie-Signature"].split(","))
sys.exit(hmac.new(b"another-secret-of-the-essai", (fields["t"] + "." + request["body"]).encode(), hashlib.sha256).hexdigest() != fields["sha256"])
' "$dir/received/requests" || fail "the old secret was used"
rm "$dir/secret/hook"
scan
until_true "its lack is told" said "credential 'hook': No such file"
printf 'another-secret-of-the-essai\n' >"$dir/secret/hook"

# a certificate of nobody's
sed -i "s|network: {ca_file: \"$dir/tls/hook.pem\"}|network: {ca_file: \"$ca\"}|" "$dir/vigie.yaml"
n=$(received length)
kill -HUP "$daemon"
scan
until_true "is not trusted" sh -c "grep -qi 'does not take events.*certificate' '$dir/daemon.err'"
ok "and nothing was sent" test "$(received length)" -eq "$n"

# taken out and put in again: what happened between is not sent
sed -i '/^alerts:/d' "$dir/vigie.yaml"
kill -HUP "$daemon"
until_true "without" sh -c "grep -c 'new configuration' '$dir/daemon.err' | grep -qx 2"
scan
before=$(rows "select max(sequence) from event")
printf '%s\n' "$hook" >>"$dir/vigie.yaml"
kill -HUP "$daemon"
until_true "with" sh -c "grep -c 'new configuration in force' '$dir/daemon.err' | grep -qx 3"
scan
until_true "what comes is sent" sh -c "[ \$(wc -l <'$dir/received/requests') -gt $n ]"
ok "from then on" sh -c "tail -n +$((n + 1)) '$dir/received/requests' | jq -se 'all(.[]; .body | fromjson | .id | split(\"-\") | last | tonumber > $before)'"

# nothing blocks the loop: a receiver that does not answer
python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 0)); s.listen(); open("'"$dir"'/silent", "w").write(str(s.getsockname()[1])); time.sleep(600)' &
pids+=($!)
until_true "a silent one" test -s "$dir/silent"
daemon_config 1h "alerts: {webhook: {url: \"http://127.0.0.1:$(cat "$dir/silent")/\", secret: hook}}"
kill -HUP "$daemon"
until_true "in force" sh -c "grep -c 'new configuration in force' '$dir/daemon.err' | grep -qx 4"
scan
status 0 "$VIGIE" status --state "$dir/state"
stop_daemon
ok "no secret is told" sh -c "! grep -rqF -e essai-of-a-secret -e another-secret '$dir/daemon.err' '$dir/state' '$dir/received/requests'"
finish
