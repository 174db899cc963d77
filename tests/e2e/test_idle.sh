# Between scans the daemon is small, and nothing wakes it but its timers.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
if grep -qaF __asan_init "$VIGIE"; then
        echo "$(basename "$0"): 0 passed, 0 failed, 1 skipped (a sanitizer's memory is not the daemon's)"
        exit 0
fi
start_cloudsim tests/worlds/small
daemon_config 1h "metrics: {listen: \"unix:$dir/metrics.socket\"}"
start_daemon
until_true "it runs" test -S "$dir/state/control"
field() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$daemon/status"; }
for _ in 1 2 3; do
        "$VIGIE" scan --daemon --quiet --state "$dir/state" >/dev/null 2>&1 || true
        until_true "it rests: 12 MiB resident at most" sh -c "[ \$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' /proc/$daemon/status) -le 12288 ]"
done
echo "idle: $(field VmRSS) KiB resident, $(field RssAnon) KiB of them its own"
sleep 1
before=$(field voluntary_ctxt_switches)
sleep 3
ok "nothing wakes it" test $(($(field voluntary_ctxt_switches) - before)) -le 1
curl -fsS -o "$dir/metrics" --unix-socket "$dir/metrics.socket" http://localhost/metrics
sleep 12
before=$(field voluntary_ctxt_switches)
sleep 3
ok "nor when somebody has asked it" test $(($(field voluntary_ctxt_switches) - before)) -le 1
stop_daemon
finish
