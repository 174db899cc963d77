# What was refused is not asked again in every scan: after a while once, and at once when there is a reason to. Until then it stays refused, with its
# cause and the time of which that is.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
# the sanitizers' runtime has to come first, and does not bear another clock
if grep -q libasan <(ldd "$VIGIE"); then # no pipe: who reads no further makes the other fail
        echo "test_denied.sh: 0 passed, 0 failed, 1 skipped (built with sanitizers)"
        exit 0
fi
# shellcheck disable=SC2086 # may be a program and its argument
${CC:-cc} -shared -fPIC -D_GNU_SOURCE -o "$dir/clock.so" tests/support/preload/clock.c -ldl
start_cloudsim tests/worlds/small
mkdir "$dir/secret"
export AWS_SHARED_CREDENTIALS_FILE=$dir/secret/aws
key() { # ID
        printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$1" "$secret" >"$dir/secret/aws"
}
id=$AWS_ACCESS_KEY_ID
secret=$AWS_SECRET_ACCESS_KEY
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
key "$id"
daemon_config 1s "metrics: {listen: \"unix:$dir/metrics.socket\"}"
echo 0 >"$dir/offset"
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
control POST faults '{"match": {"operation": "ListNotebookInstances"}, "do": {"status": 503}}' >/dev/null
asked() { control GET counters | jq --arg operation "${1:-ListEndpoints}" '[.calls[] | select(.operation == $operation) | .calls] | add // 0'; }
two_more() { # WHAT: two whole scans begin and end
        local before
        before=$(rows 'select max(scan) from scan')
        until_true "two more scans $1" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan where complete = 1 and scan > $before + 1')\" -ge 2 ]"
}
spared() { curl -fsS --unix-socket "$dir/metrics.socket" http://localhost/metrics | sed -n 's/^vigie_api_requests_spared_total{provider="aws",service="aws.sagemaker"} //p'; }
coverage() { "$VIGIE" coverage --state "$dir/state" --kind aws.sagemaker.endpoint --format json; }
events() { rows 'select count(*) from event where kind < 8'; }

start_daemon LD_PRELOAD="$dir/clock.so" CLOCK_OFFSET="$dir/offset"
until_true "a scan comes to its end" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan where complete = 1')\" -ge 1 ]"
first=$(asked)
busy=$(asked ListNotebookInstances)
told=$(events)
echo "asked at first: $first denied, $busy busy"
ok "it was asked" test "$first" -ge 1
two_more "while it rests"
ok "what was denied is asked no more" test "$(asked)" = "$first"
ok "what was busy is asked again" test "$(asked ListNotebookInstances)" -gt "$busy"
control DELETE faults >/dev/null
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
ok "that is counted" test "$(spared)" -ge 1
coverage >"$dir/coverage.json"
ok "it stays denied, with its cause" query "$dir/coverage.json" '[.coverage[] | select(.state == "denied")] | length > 0 and all(.cause | test("AccessDenied"))'
ok "and the time at which that was said" query "$dir/coverage.json" '[.coverage[] | select(.state == "denied")] | all(.calls == 0 and (.asked | test("^20..-..-..T")))'
ok "which a person reads, too" sh -c "'$VIGIE' coverage --state '$dir/state' --kind aws.sagemaker.endpoint | grep -q 'last asked 20'"
ok "nothing is told for it" test "$(events)" = "$told"
stop_daemon

# it is remembered for the next one
start_daemon LD_PRELOAD="$dir/clock.so" CLOCK_OFFSET="$dir/offset"
two_more "of another process"
ok "not by another process either" test "$(asked)" = "$first"

# after an hour once, then after two
echo 3700 >"$dir/offset"
two_more "an hour later"
second=$(asked)
ok "an hour later once more ($second after $first)" test "$second" = $((2 * first))
echo 7400 >"$dir/offset"
two_more "two hours later"
ok "an hour after that not" test "$(asked)" = "$second"
echo 11000 >"$dir/offset"
two_more "three hours later"
ok "but after two" test "$(asked)" = $((3 * first))

# at once: other credentials, another configuration, a person
again=$(asked)
last=$(rows 'select max(scan) from scan')
key AKIANOBODYKNOWSTHIS0
until_true "a scan with another key" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan where finished is not null and scan > $last + 1')\" -ge 1 ]"
key "$id"
two_more "with credentials that were renewed"
ok "with other credentials at once" test "$(asked)" -gt "$again"
again=$(asked)
two_more "with the same"
ok "and then no more" test "$(asked)" = "$again"
kill -HUP "$daemon"
two_more "after a reload"
ok "after a reload at once" test "$(asked)" -gt "$again"
again=$(asked)
"$VIGIE" scan --daemon --quiet --state "$dir/state" >/dev/null 2>&1 || true
ok "for who asks for a scan" test "$(asked)" -gt "$again"

# it is allowed: known at once to who asks, and then it rests no more
control DELETE faults >/dev/null
"$VIGIE" scan --daemon --quiet --state "$dir/state" >/dev/null 2>&1 || true
ok "it is read" test "$(rows "select count(*) from pass where collector = 'aws.sagemaker.endpoint' and state = 1")" = 0
ok "nothing is remembered of it" test "$(rows "select count(*) from denial where collector = 'aws.sagemaker.endpoint'")" = 0
again=$(asked)
two_more "when it is allowed"
ok "and asked in every scan" test "$(asked)" -gt "$again"
stop_daemon
no_secrets "$secret"
finish
