# The control socket: who asks for a scan has it done by the daemon, now; status tells what the daemon does.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
daemon_config 1h

# without a daemon
status 1 "$VIGIE" scan --daemon --state "$dir/state"
ok "says that none answers, and what to do" grep -q "no daemon answers at .*systemctl start vigie" "$dir/err"
status 2 "$VIGIE" scan --daemon --plan --state "$dir/state"
status 2 "$VIGIE" scan --daemon --fresh --state "$dir/state"

# the daemon spreads its first scan out over five minutes (which may begin with the first); asked, it scans now
start_daemon
until_true "the control socket is there" test -S "$dir/state/control"
ok "of the group at most" test "$(stat -c %a "$dir/state/control")" = 660
status 3 "$VIGIE" scan --daemon --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json"
ok "with what it found" query "$dir/scan.json" '.resources | length > 0'
ok "and findings" query "$dir/scan.json" '[.findings[] | select(.verdict == "fail")] | length > 0'
n=$(rows "select count(*) from scan")
ok "a scan was made" test "$n" -ge 1 -a "$n" -le 2
status 3 "$VIGIE" scan --daemon --account "$account" --state "$dir/state"
ok "for a person, too" grep -q "Result: " "$dir/out"
ok "another one" row_is "select count(*) from scan" $((n + 1))
status 2 "$VIGIE" scan --daemon --account ailleurs --state "$dir/state"
ok "an unknown account is named" grep -q "no account 'ailleurs'" "$dir/err"
status 2 "$VIGIE" scan --daemon --account 'a&b' --state "$dir/state"
ok "no scan for those" row_is "select count(*) from scan" $((n + 1))

# many ask at once: one scan for those that wait together, none at the same time as another
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"latency_ms": 300}}' >/dev/null
asked=()
for _ in 1 2 3 4; do
        "$VIGIE" scan --daemon --state "$dir/state" >/dev/null 2>&1 &
        asked+=($!)
done
until_true "status tells that it scans" sh -c "'$VIGIE' status --state '$dir/state' | grep -q 'is scanning'"
for pid in "${asked[@]}"; do
        code=0
        wait "$pid" || code=$?
        ok "each has its answer" test $code -eq 3
done
control DELETE faults >/dev/null
ok "not one scan each" test "$(rows 'select count(*) from scan')" -le $((n + 3))
ok "none overlapped" row_is "select count(*) from scan a join scan b on a.scan < b.scan and b.started < a.finished" 0

status 0 "$VIGIE" status --state "$dir/state"
ok "status tells the next scan" grep -q "The daemon (process $daemon) keeps watch, next scan at 20.*; last scan complete at 20" "$dir/out"
status 0 "$VIGIE" status --state "$dir/state" --format json
ok "as JSON too" query "$dir/out" ".daemon.pid == $daemon and .daemon.state == \"idle\" and .daemon.last.complete"

# what the socket says to others
ask() { curl -sS --unix-socket "$dir/state/control" "$@"; }
ok "no such path" test "$(ask -o /dev/null -w '%{http_code}' http://localhost/nothing)" = 404
ok "a scan is not read" test "$(ask -o /dev/null -w '%{http_code}' http://localhost/scan)" = 405
ok "an unknown account" test "$(ask -o /dev/null -w '%{http_code}' -X POST 'http://localhost/scan?account=x%22%0ay')" = 404
ok "a body is passed over" test "$(ask -o /dev/null -w '%{http_code}' -X GET --data-binary @"$VIGIE" http://localhost/status)" = 200
ok "no secret is told" sh -c "! curl -sS --unix-socket '$dir/state/control' http://localhost/status | grep -qF 'small/world'"

# whoever waits when it ends is told
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"latency_ms": 5000}}' >/dev/null
code=0
"$VIGIE" scan --daemon --state "$dir/state" >"$dir/waiting.out" 2>"$dir/waiting.err" &
waiting=$!
until_true "it waits" sh -c "'$VIGIE' status --state '$dir/state' | grep -q 'is scanning'"
stop_daemon
wait $waiting || code=$?
ok "the interrupted scan is no clean one" test $code -ne 0
ok "the socket is gone" test ! -e "$dir/state/control"
status 0 "$VIGIE" status --state "$dir/state"
ok "status tells that nobody keeps watch" grep -q "No daemon keeps watch here" "$dir/out"

# a socket that a killed daemon left is replaced
control DELETE faults >/dev/null
start_daemon
until_true "it listens" test -S "$dir/state/control"
kill -KILL "$daemon"
{ wait "$daemon" || true; } 2>/dev/null
ok "killed, it leaves the socket" test -S "$dir/state/control"
status 1 "$VIGIE" scan --daemon --state "$dir/state"
start_daemon
until_true "the next one answers there" "$VIGIE" scan --daemon --state "$dir/state" --fail-on critical

# what asks while it ends is told so, and does not keep it from ending
kill -STOP "$daemon"
curl -sS -m 10 -X POST --unix-socket "$dir/state/control" -o /dev/null http://localhost/scan 2>/dev/null &
asker=$!
sleep 0.3
kill -TERM "$daemon"
kill -CONT "$daemon"
code=0
wait "$daemon" || code=$?
ok "it ends in order all the same" test $code -eq 0
wait "$asker" || true
start_daemon
until_true "the next one listens" "$VIGIE" scan --daemon --state "$dir/state" --fail-on critical

# one daemon for a state folder; a scan beside it is refused too, by name
code=0
"$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/state" 2>"$dir/second.err" || code=$?
ok "a second one is refused" test $code -eq 1
ok "and told who holds the folder" grep -q "is being written by vigie (process $daemon)" "$dir/second.err"
ok "the first one is asked all the same" sh -c "'$VIGIE' scan --daemon --state '$dir/state' --quiet >/dev/null; test \$? -eq 3"
stop_daemon
finish
