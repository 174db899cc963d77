# A region that a service control policy closes as a whole: one line for people, every row for programs.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/absent
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true
printf '%s\n' "accounts:" "  - {name: essai, provider: aws, regions: [eu-west-3, us-west-1], network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}" \
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}" >"$dir/vigie.yaml"
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" "$@" 2>"$dir/err" || [ $? -ge 3 ]; }
of_region='select(.region == "us-west-1")'

control POST faults '{"match": {"region": "us-west-1"}, "do": {"denied": "scp"}}' >/dev/null
scan --format json --output "$dir/scan.json"
ok "every row is there" query "$dir/scan.json" "[.coverage[] | $of_region] | length > 50"
ok "each is denied, or below one that is" query "$dir/scan.json" "[.coverage[] | $of_region | select(.state != \"denied\" and .state != \"skipped\")] | length == 0"
ok "each says by what" query "$dir/scan.json" "[.coverage[] | $of_region | select(.cause | contains(\"AccessDeniedBySCP\") | not)] | length == 0"
ok "one finding says it, without a list of permissions" query "$dir/scan.json" \
        "[.findings[] | $of_region | select(.rule == \"COV-002\" and .verdict == \"fail\")] | length == 1 and (.[0].why | contains(\"is closed to this account\")) and (.[0].why | length < 300)"
ok "a region that is read is not closed" query "$dir/scan.json" '[.findings[] | select(.region == "eu-west-3" and .rule == "COV-002" and (.why | contains("closed")))] | length == 0'
scan --output "$dir/table"
ok "one line for the region" test "$(grep -c 'us-west-1 .*denied' "$dir/table")" -eq 1
ok "which says how many" grep -q 'us-west-1  all [0-9]* collectors  denied' "$dir/table"
scan --verbose --output "$dir/verbose"
ok "each by itself when asked for" test "$(grep -c 'us-west-1 .*denied' "$dir/verbose")" -gt 50

control DELETE faults >/dev/null
control POST faults '{"match": {"region": "us-west-1", "service": "sagemaker"}, "do": {"denied": "scp"}}' >/dev/null
scan --format json --output "$dir/scan.json"
ok "what is closed in part names the permissions" query "$dir/scan.json" \
        "[.findings[] | $of_region | select(.rule == \"COV-002\" and .severity == \"high\" and (.why | contains(\"sagemaker:ListModels\")))] | length == 1"
finish
