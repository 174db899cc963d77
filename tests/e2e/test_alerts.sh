# Alerts and journald: many at once are told together; while journald is down they are kept, and none is lost.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
if pgrep -x systemd-journal >/dev/null; then
        echo "$(basename "$0"): 0 passed, 0 failed, 1 skipped (the machine's journald is not stopped for a test)"
        exit 0
fi
[ "$(id -u)" -eq 0 ] || { echo "$(basename "$0"): 0 passed, 0 failed, 1 skipped (no journald, and not root)"; exit 0; }
start_cloudsim tests/worlds/small
mkdir -p /run/systemd/journal
rm -f /run/systemd/journal/socket # one that a journald left behind is none
[ -s /etc/machine-id ] || printf '%s\n' 0123456789abcdef0123456789abcdef >/etc/machine-id
start_journald() {
        /lib/systemd/systemd-journald >"$dir/journald.log" 2>&1 &
        journald=$!
        pids+=($journald)
        until_true "journald listens" test -S /run/systemd/journal/socket
}
stop_journald() {
        kill "$journald"
        { wait "$journald" || true; } 2>/dev/null
        rm -f /run/systemd/journal/socket
}
journal() { journalctl -q --no-pager -o json "_PID=$daemon" 2>/dev/null; }
has() { journal | jq -se "[.[] | select($1)] | length > 0" >/dev/null; }
scan() { "$VIGIE" scan --daemon --quiet --state "$dir/state" >/dev/null 2>&1 || true; }
unsent() { rows "select count(*) from event where sent is null"; }

# journald is down: kept, told once on standard error
daemon_config 1h
start_daemon
until_true "it runs" test -S "$dir/state/control"
scan
until_true "it is told" said "alerts are kept, to be sent later: journald is not there"
waiting=$(unsent)
ok "they are kept" test "$waiting" -gt 10
kill -KILL "$daemon"
{ wait "$daemon" || true; } 2>/dev/null
ok "over a kill, too" test "$(unsent)" -eq "$waiting"

# and comes back
start_journald
start_daemon
until_true "they are sent" row_is "select count(*) from event where sent is null" 0
until_true "and arrive" has '.VIGIE_RULE == "LOG-003"'
ok "each one" test "$(journal | jq -s '[.[] | select(.VIGIE_FINDING != null)] | length')" -eq "$(rows 'select count(*) from event where kind = 0')"

# down and up again while it runs
stop_journald
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
scan
until_true "kept again" said "alerts are kept"
start_journald
scan
until_true "sent again" said "alerts can be sent again"
until_true "what was lost meanwhile is told" has '.VIGIE_COLLECTOR == "aws.sagemaker.endpoint"'
stop_daemon

# more than digest_above at once: one alert, that counts
rm -rf "$dir/state"
control DELETE faults >/dev/null
daemon_config 1h 'alerts: {digest_above: 0}'
start_daemon
until_true "it runs" test -S "$dir/state/control"
scan
digest=7f0c9d1e5b8a4c63a2d4e6f1039b58c7
until_true "one digest" has ".MESSAGE_ID == \"$digest\""
n=$(rows 'select count(*) from event where kind < 8')
ok "counts them" has ".MESSAGE_ID == \"$digest\" and .VIGIE_COUNT == \"$n\" and (.MESSAGE | startswith(\"$n changes at once: \"))"
ok "with the priority of the most urgent" has ".MESSAGE_ID == \"$digest\" and .PRIORITY == \"$(journal | jq -rs "[.[] | select(.MESSAGE_ID == \"$digest\")] | .[0].MESSAGE" | grep critical >/dev/null && echo 2 || echo 3)\""
ok "instead of them" test "$(journal | jq -s '[.[] | select(.VIGIE_FINDING != null)] | length')" -eq 0
until_true "that the scan finished is told by itself" has '.MESSAGE_ID == "5cb67c0d89eb4b94806017283e85d17f"'
ok "each is recorded" test "$(rows 'select count(*) from finding')" -ge "$n"
ok "and none waits" test "$(unsent)" -eq 0

# no more than that are told one by one
sed -i 's/digest_above: 0/digest_above: 1000/' "$dir/vigie.yaml"
kill -HUP "$daemon"
until_true "in force" said "new configuration in force"
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
scan
until_true "lost coverage by itself" has '.VIGIE_COLLECTOR == "aws.sagemaker.endpoint"'
ok "no second digest" test "$(journal | jq -s "[.[] | select(.MESSAGE_ID == \"$digest\")] | length")" -le 2
control DELETE faults >/dev/null

# credentials that are refused are never in a digest
sed -i 's/digest_above: 1000/digest_above: 0/' "$dir/vigie.yaml"
kill -HUP "$daemon"
until_true "in force" sh -c "grep -c 'new configuration in force' '$dir/daemon.err' | grep -qx 2"
control POST faults '{"match": {"service": "sts"}, "do": {"status": 403, "code": "InvalidClientTokenId"}}' >/dev/null
scan
until_true "told by itself" has '.MESSAGE_ID == "4e3674c98e734ffaba12fafca5fa0db3"'
stop_daemon
finish
