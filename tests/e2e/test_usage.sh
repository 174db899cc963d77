# Lists that are not asked in every scan: what they found stays, as it was, and looks no better than it is.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/usage
export AWS_ACCESS_KEY_ID=AKIAUSAGEWORLD000001 AWS_SECRET_ACCESS_KEY='usage/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true
printf '%s\n' "accounts:" "  - {name: essai, provider: aws, optional: [aws.usage.cost_line], network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}" \
        "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}" >"$dir/vigie.yaml"
scan() { # FILE [OPTION…]; the findings of this world are not what is looked at
        local to=$1 code=0
        shift
        control POST reset >/dev/null
        "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$to" "$@" 2>"$dir/err" || code=$?
        [ $code -eq 0 ] || [ $code -ge 3 ] || { cat "$dir/err" >&2; fail "scan: exit status $code"; }
}
asked() { # SERVICE OPERATION: how often
        control GET counters | jq "[.calls[] | select(.service == \"$1\" and .operation == \"$2\") | .calls] | add // 0"
}
used='[.resources[] | select(.kind | startswith("aws.usage."))]'

scan "$dir/first.json"
ok "use is found" query "$dir/first.json" "$used | length == 20"
ok "the bill was asked once" test "$(asked ce GetCostAndUsage)" = 1
ok "the event history was asked" test "$(asked cloudtrail LookupEvents)" = 26

scan "$dir/second.json"
ok "the bill was left alone" test "$(asked ce GetCostAndUsage)" = 0
ok "the event history was left alone" test "$(asked cloudtrail LookupEvents)" = 0
ok "the same use is there" test "$(jq "$used | map(.id) | sort" "$dir/first.json")" = "$(jq "$used | map(.id) | sort" "$dir/second.json")"
ok "nothing of it is stale" query "$dir/second.json" "$used | all(.stale == false)"
ok "it was read, by the last answer" query "$dir/second.json" '[.coverage[] | select(.collector == "aws.usage.cost_line")] | length == 1 and .[0].state == "ok" and .[0].calls == 0'
ok "the scan is complete" query "$dir/second.json" '.scan.complete'

control POST reset >/dev/null
scan "$dir/fresh.json" --fresh
ok "the bill is asked again on demand" test "$(asked ce GetCostAndUsage)" = 1

# denied: what was known is kept, stale, and use is not taken for none
deny='{"match": {"operation": "ListMetrics"}, "do": {"denied": true}}'
scan_denied() { control POST reset >/dev/null; control POST faults "$deny" >/dev/null; local code=0; "$VIGIE" scan --fresh --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$1" 2>"$dir/err" || code=$?; [ $code -ge 3 ] || fail "exit status $code"; }
scan_denied "$dir/denied.json"
ok "denied is told" query "$dir/denied.json" '[.coverage[] | select(.collector == "aws.usage.bedrock_model")] | all(.state == "denied" and .permission == "cloudwatch:ListMetrics")'
ok "what was known is stale, not gone" query "$dir/denied.json" '[.resources[] | select(.kind == "aws.usage.bedrock_model")] | length == 3 and all(.stale)'

# once it is allowed again it is asked at once: an answer that was none is not kept
scan "$dir/again.json"
ok "it is asked again" query "$dir/again.json" '[.coverage[] | select(.collector == "aws.usage.bedrock_model")] | all(.state == "ok" and .calls > 0)'
ok "it is fresh again" query "$dir/again.json" '[.resources[] | select(.kind == "aws.usage.bedrock_model")] | length == 3 and all(.stale == false)'
finish
