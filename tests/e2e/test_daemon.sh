# The daemon with a real journald: what changes in the world comes out of the journal, once.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/small
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true

# a journald of our own where none runs; a socket that one left behind is not one
if ! pgrep -x systemd-journal >/dev/null; then
        [ "$(id -u)" -eq 0 ] || { echo "$(basename "$0"): 0 passed, 0 failed, 1 skipped (no journald, and not root)"; exit 0; }
        mkdir -p /run/systemd/journal
        rm -f /run/systemd/journal/socket
        [ -s /etc/machine-id ] || printf '%s\n' 0123456789abcdef0123456789abcdef >/etc/machine-id
        /lib/systemd/systemd-journald >"$dir/journald.log" 2>&1 &
        pids+=($!)
        for _ in $(seq 100); do [ -S /run/systemd/journal/socket ] && break; sleep 0.05; done
fi
account=essai-$$-$RANDOM # a field of this test's own
cat >"$dir/vigie.yaml" <<YAML
interval: 2s
accounts:
  - {name: $account, provider: aws, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}
YAML
journal() { journalctl -q --no-pager -o json "VIGIE_ACCOUNT=$account" "$@" 2>/dev/null; }
until_true() { # WHAT COMMAND…
        local what=$1 n=0
        shift
        until "$@"; do
                n=$((n + 1))
                [ $n -lt 300 ] || { tail -20 "$dir/daemon.err" >&2; fail "never: $what"; }
                sleep 0.1
        done
        passed=$((passed + 1))
}
"$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/state" >"$dir/daemon.out" 2>"$dir/daemon.err" &
daemon=$!
pids+=($daemon)

has() { journal | jq -se "[.[] | select($1)] | length > 0" >/dev/null; }
until_true "a finding comes out of the journal" has '.VIGIE_RULE == "LOG-003" and .VIGIE_VERDICT == "fail"'
ok "with the severity as priority" has '.VIGIE_RULE == "LOG-003" and (.VIGIE_SEVERITY == "high" and .PRIORITY == "3" or .VIGIE_SEVERITY != "high")'
ok "with a message id" has '.VIGIE_RULE == "LOG-003" and (.MESSAGE_ID | length) == 32'
ok "with where it is" has '.VIGIE_RULE == "LOG-003" and .VIGIE_PROVIDER == "aws" and .VIGIE_SCOPE == "111122223333" and .VIGIE_REGION == "eu-west-3"'

# one alert per change, not one per scan
scans() { sqlite3 "$dir/state/vigie.db" 'select count(*) from scan' 2>/dev/null || echo 0; }
first=$(scans)
until_true "another scan ends" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan')\" -gt $((first + 1)) ]"
twice=$(journal | jq -s '[.[] | select(.VIGIE_FINDING != null) | .VIGIE_FINDING + .MESSAGE_ID] | group_by(.) | map(length) | max // 1')
ok "no finding is told twice" test "$twice" = 1

# a call that is denied from now on: coverage lost; then restored
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
until_true "coverage lost comes out" has '.VIGIE_COLLECTOR == "aws.sagemaker.endpoint"'
ok "nothing is gone" test "$("$VIGIE" resources --state "$dir/state" --kind aws.sagemaker.endpoint --format csv | grep -c endpoint/)" = 3
lost=$(journal | jq -s '[.[] | select(.VIGIE_COLLECTOR == "aws.sagemaker.endpoint")] | length')
control DELETE faults >/dev/null
"$VIGIE" scan --daemon --quiet --state "$dir/state" >/dev/null 2>&1 || true # by itself it would wait before it asks again
until_true "coverage restored comes out" sh -c "[ \"\$(journalctl -q --no-pager -o json VIGIE_ACCOUNT=$account VIGIE_COLLECTOR=aws.sagemaker.endpoint | wc -l)\" -gt $lost ]"

# a bad configuration keeps the running one, and says so
cp "$dir/vigie.yaml" "$dir/good.yaml"
echo "intervall: 3s" >>"$dir/vigie.yaml"
kill -HUP $daemon
until_true "the refusal is told" sh -c "journalctl -q --no-pager -o cat _PID=$daemon | grep -q \"unknown key 'intervall'\""
ok "the daemon goes on" kill -0 $daemon
cp "$dir/good.yaml" "$dir/vigie.yaml"

# so does a waiver without an end; a good one that has ended is told once
mkdir -p "$dir/waivers"
printf 'waivers:\n  - {id: D-1, rules: LOC-001, match: {provider: aws}, owner: o, reason: r}\n' >"$dir/waivers/w.yaml"
kill -HUP $daemon
until_true "a waiver without an end is refused" sh -c "journalctl -q --no-pager -o cat _PID=$daemon | grep -q \"waivers/w.yaml:2:5: 'until' is missing\""
ok "the daemon goes on all the same" kill -0 $daemon
waiver=D-$$-$RANDOM
printf 'waivers:\n  - {id: %s, rules: LOC-001, match: {provider: aws}, owner: o, reason: r, until: 2026-01-31}\n' "$waiver" >"$dir/waivers/w.yaml"
kill -HUP $daemon
ends() { journalctl -q --no-pager -o json "VIGIE_WAIVER=$waiver" MESSAGE_ID=1f0b62538d394403b6976fd9253705b7 2>/dev/null | wc -l; }
until_true "the end of a waiver is told" sh -c "[ \"\$(journalctl -q --no-pager -o json VIGIE_WAIVER=$waiver | wc -l)\" -gt 0 ]"
before=$(scans)
until_true "two more scans end" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan')\" -gt $((before + 1)) ]"
ok "it is told once" test "$(ends)" = 1
rm "$dir/waivers/w.yaml"

# a bad rule or date does so too: the place, the key, what was meant; the old rules go on judging
refused() { # EXPECTED TEXT
        kill -HUP $daemon
        until_true "the refusal is told: $1" sh -c "journalctl -q --no-pager -o cat _PID=$daemon | grep -qF \"$1\""
        ok "the daemon goes on" kill -0 $daemon
}
basis() { sqlite3 "$dir/state/vigie.db" 'select basis from scan where basis is not null order by scan desc limit 1'; }
rules=$(basis)
mkdir -p "$dir/rules" "$dir/law"
cat >"$dir/rules/own.yaml" <<'YAML'
source: own
checked: 2026-11-23
rules:
  - id: OWN-001
    title: {en: own, fr: propre}
    basis: [policy]
    profile: A
    subject: resource
    decide:
      - {verdict: fail, all: [{fact: log.retention_day, is: 1}]}
    why: {fail: {en: a, fr: b}}
    remediation: {aws: {en: a, fr: b}}
    explanation: {en: a, fr: b}
YAML
refused "rules/own.yaml:10:38: unknown fact 'log.retention_day'; did you mean 'log.retention_days'?"
sed -i 's/retention_day,/retention_days,/; s/profile: A/profile: E/' "$dir/rules/own.yaml"
refused "rules/own.yaml:7:14: OWN-001: unknown profile 'E'; known are A, B, C"
sed 's/date: 2027-12-02/date: 2027-12-32/' config/law/dates.yaml >"$dir/law/dates.yaml"
sed -i 's/profile: E/profile: A/' "$dir/rules/own.yaml"
refused "law/dates.yaml:$(grep -n 2027-12-32 "$dir/law/dates.yaml" | head -1 | cut -d: -f1):11: '2027-12-32' is no date"
before=$(scans)
until_true "scans go on" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan')\" -gt $((before + 1)) ]"
ok "by the old rules" test "$(basis)" = "$rules"
rm "$dir/law/dates.yaml"
kill -HUP $daemon
until_true "the good ones take over" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select basis from scan where basis is not null order by scan desc limit 1')\" != $rules ]"
rm "$dir/rules/own.yaml"

# ended in the middle of a scan, it has lost sight of nothing: no verdict moves, nothing is told but the scan
running() { [ "$(sqlite3 "$dir/state/vigie.db" 'select count(*) from scan where finished is null')" = 1 ]; }
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"latency_ms": 5000}}' >/dev/null
until_true "a scan is running" running
sleep 0.5 # so that it waits for the slow answer
verdicts() { sqlite3 "$dir/state/vigie.db" 'select finding, verdict, severity, saying, closed from finding order by finding'; }
moved=$(verdicts | cksum)

ok "no secret in the journal" sh -c "! journalctl -q --no-pager -o json VIGIE_ACCOUNT=$account | grep -qF 'small/world/secret'"
kill -TERM $daemon
code=0
wait $daemon || code=$?
ok "ends in order" test $code -eq 0
ok "the scan was cut short by that" test "$(sqlite3 "$dir/state/vigie.db" 'select complete from scan order by scan desc limit 1')" = 0
ok "and moved no verdict" test "$(verdicts | cksum)" = "$moved"
finish
