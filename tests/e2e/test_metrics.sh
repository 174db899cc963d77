# Metrics and health: off by default, to this machine only, as Prometheus reads them, cheap, and never a resource's name.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
value() { sed -n "s/^$1 //p" "$dir/metrics"; }
total() { awk -v p="$1" 'index($0, p) == 1 { n += $NF } END { print n + 0 }' "$dir/metrics"; }
scrape() { curl -fsS "$@" -o "$dir/metrics"; }

# what others could reach is refused, with its place
daemon_config 1h 'metrics: {listen: "0.0.0.0:9477"}'
status 2 "$VIGIE" check --config "$dir/vigie.yaml"
cat "$dir/out" "$dir/err" >"$dir/refused"
ok "the place is named" grep -q "vigie.yaml:5:19: 'listen': '0.0.0.0' is no address of this machine" "$dir/refused"
for bad in '"[::]:9477"' '":9477"' '"unix:relative"' '9477' '"vigie.example:9477"'; do
        daemon_config 1h "metrics: {listen: $bad}"
        status 2 "$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/state"
done

# off by default
daemon_config 1h
start_daemon
until_true "it runs" test -S "$dir/state/control"
listens() { grep -q "pid=$daemon," <(ss -Hltnp 2>/dev/null); }
ok "nothing listens on a network" sh -c "! ss -Hltnp 2>/dev/null | grep -q 'pid=$daemon,'"
stop_daemon
rm -rf "$dir/state"

at=127.0.0.1:$(free_port)
daemon_config 1h "metrics: {listen: \"$at\"}"
start_daemon
until_true "metrics are there before the first scan" scrape "http://$at/metrics"
ok "it is alive" test "$(curl -s "http://$at/healthz")" = ok
ok "and ready: the first scan is not late" test "$(curl -s -o /dev/null -w '%{http_code}' "http://$at/readyz")" = 200
ok "when a scan succeeded is told" grep -q "^vigie_cycle_last_success_timestamp_seconds [0-9.]*$" "$dir/metrics"
ok "what may be asked counts 0" grep -q '^vigie_api_requests_total{provider="aws",service="aws.sagemaker",outcome="timeout"} 0$' "$dir/metrics"
ok "a rule without findings counts 0" grep -q '^vigie_findings{rule="LOC-003",severity="info",state="waived"} 0$' "$dir/metrics"
ok "credentials without end" test "$(value 'vigie_credential_expiry_timestamp_seconds{provider="aws"}')" = +Inf
ok "no other provider's series" test "$(grep -c 'provider="scaleway"' "$dir/metrics")" = 0

control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
"$VIGIE" scan --daemon --state "$dir/state" --format json --output "$dir/scan.json" 2>/dev/null || true
scrape "http://$at/metrics"
ok "its type" sh -c "curl -sI 'http://$at/metrics' | grep -qi '^content-type: text/plain; version=0.0.4; charset=utf-8'"
promtool=$(sh tests/support/promtool.sh "$(dirname "$VIGIE")")
"$promtool" check metrics <"$dir/metrics" >"$dir/promtool" 2>&1 || { cat "$dir/promtool" >&2; fail "promtool check metrics"; }
ok "promtool has nothing to say" test ! -s "$dir/promtool"
ok "scans" test "$(total 'vigie_cycles_total{')" -ge 1
ok "calls as the scan counted them" test "$(total 'vigie_api_requests_total{')" -gt 10
ok "the denied one" test "$(total 'vigie_api_requests_total{provider="aws",service="aws.sagemaker",outcome="denied"}')" -ge 1
ok "durations of all" test "$(value 'vigie_api_request_duration_seconds_count{provider="aws"}')" = "$(total 'vigie_api_requests_total{')"
ok "findings as the report has them" test "$(total 'vigie_findings{rule="LOG-003"')" = "$(jq '[.findings[] | select(.rule == "LOG-003" and .verdict != "na")] | length' "$dir/scan.json")"
for state in fail unknown pass; do
        ok "all that are $state" test "$(grep "^vigie_findings{.*state=\"$state\"" "$dir/metrics" | awk '{ n += $NF } END { print n }')" = "$(rows "select count(*) from finding where closed is null and verdict = $(case $state in pass) echo 0;; fail) echo 1;; *) echo 2;; esac)")"
done
ok "resources" test "$(total 'vigie_resources{')" = "$(rows 'select count(*) from resource where gone is null and topic is null')"
ok "a denied call leaves the scope denied" test "$(value 'vigie_scopes{provider="aws",state="denied"}')" -ge 1
ok "and the coverage is not whole" sh -c "test \"$(value 'vigie_scope_coverage_ratio{provider="aws"}')\" != 1.000000"
ok "no resource is named" sh -c "! grep -qE 'arn:|111122223333' '$dir/metrics'"
ok "no secret is told" sh -c "! grep -qF -e 'small/world' -e AKIA '$dir/metrics'"
ok "the build is told" grep -qE '^vigie_build_info\{version="[0-9.]+",commit="[^"]+"\} 1$' "$dir/metrics"

# a scrape reads what was read after the scan: it costs nothing, and works while a scan writes
cpu() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; } # ticks
before=$(cpu)
for _ in $(seq 100); do scrape "http://$at/metrics"; done
scrapes=$(($(cpu) - before))
before=$(cpu)
"$VIGIE" scan --daemon --state "$dir/state" >/dev/null 2>&1 || true
scan=$(($(cpu) - before))
ok "a hundred scrapes cost less than five scans" test "$scrapes" -lt $((5 * scan))
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"latency_ms": 1500}}' >/dev/null
"$VIGIE" scan --daemon --state "$dir/state" >/dev/null 2>&1 &
asked=$!
until_true "it scans" sh -c "'$VIGIE' status --state '$dir/state' | grep -q 'is scanning'"
ok "metrics during a scan" scrape "http://$at/metrics"
wait $asked || true
control DELETE faults >/dev/null

ok "nothing else is there" test "$(curl -s -o /dev/null -w '%{http_code}' "http://$at/")" = 404
ok "nothing is written" test "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://$at/metrics")" = 405
(exec 3<>"/dev/tcp/${at%:*}/${at#*:}" && printf 'GARBAGE\r\n\r\n' >&3 && timeout 2 cat <&3 >/dev/null) || true
ok "garbage does no harm" test "$(curl -s "http://$at/healthz")" = ok

# to another socket by a reload; an address that is taken costs the metrics, not the watch
sed -i "s|listen: .*}|listen: \"unix:$dir/metrics.socket\"}|" "$dir/vigie.yaml"
kill -HUP "$daemon"
until_true "metrics on a unix socket" scrape --unix-socket "$dir/metrics.socket" http://localhost/metrics
ok "counted on" test "$(total 'vigie_cycles_total{')" -ge 2
ok "no longer on the old one" sh -c "! curl -s 'http://$at/healthz'"
ok "for the group at most" test "$(stat -c %a "$dir/metrics.socket")" = 660
mkdir -p "$dir/taken"
sed -i "s|listen: .*}|listen: \"unix:$dir/taken\"}|" "$dir/vigie.yaml"
kill -HUP "$daemon"
until_true "the daemon tells" said "no metrics: metrics.listen unix:$dir/taken"
ok "and goes on" kill -0 "$daemon"
stop_daemon

# a socket that systemd passes
if command -v systemd-socket-activate >/dev/null; then
        daemon_config 1h
        systemd-socket-activate --fdname=metrics:control -l "$dir/passed-metrics" -l "$dir/passed-control" \
                "$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/state" >"$dir/daemon.out" 2>"$dir/daemon.err" &
        daemon=$!
        pids+=($daemon)
        until_true "the socket is there" test -S "$dir/passed-metrics"
        ok "metrics through it" scrape --retry 20 --retry-all-errors --retry-delay 1 --unix-socket "$dir/passed-metrics" http://localhost/metrics
        ok "control through it" curl -fsS -o "$dir/out" --unix-socket "$dir/passed-control" http://localhost/status
        ok "that is the daemon" query "$dir/out" '.state == "idle" or .state == "scanning"' # it has just begun
        stop_daemon
fi
finish
