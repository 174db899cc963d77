# Scans of OVHcloud, Scaleway, Hugging Face, Replicate and Mistral against answers written from what the providers publish, apart from cloudsim: the
# inventory is what is in the answers, no more and no less, and credentials that are refused find nothing clean.
. tests/e2e/lib.sh
unset OVH_ENDPOINT OVH_APPLICATION_KEY OVH_APPLICATION_SECRET OVH_CONSUMER_KEY OVH_CLIENT_ID OVH_CLIENT_SECRET OVH_ACCESS_TOKEN OVH_CLOUD_PROJECT_SERVICE \
        SCW_ACCESS_KEY SCW_SECRET_KEY SCW_CONFIG_PATH SCW_PROFILE SCW_DEFAULT_ORGANIZATION_ID HF_TOKEN REPLICATE_API_TOKEN MISTRAL_API_KEY 2>/dev/null || true
export HOME=$dir XDG_CONFIG_HOME=$dir CREDENTIALS_DIRECTORY=$dir/secret
mkdir "$dir/secret"
replay=tests/fixtures/replay

# ---- an authority and a certificate for all hosts of the answers -----------------------------------------------------
names=$(jq -rs '[.[].hosts[]] | map("DNS:" + .) | join(",")' $replay/*/answers.json)
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -days 2 -subj "/CN=replay" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout "$dir/host.key" -out "$dir/host.csr" -subj "/CN=replay" 2>/dev/null
openssl x509 -req -in "$dir/host.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -out "$dir/host.pem" -days 2 \
        -extfile <(echo "subjectAltName=$names") 2>/dev/null
python3 tests/e2e/replay.py serve $replay "$dir/host.pem" "$dir/host.key" "$dir/port" "$dir/unrecorded" 2>"$dir/server.log" &
pids+=($!)
for _ in $(seq 200); do
        [ -s "$dir/port" ] && break
        sleep 0.05
done
[ -s "$dir/port" ] || { cat "$dir/server.log" >&2; fail "the replay does not start"; }
port=$(cat "$dir/port")

# scan PROVIDER FILE MORE: one account, with further keys of its entry.
scan() {
        local got=0
        rm -rf "$dir/state"
        printf 'accounts:\n  - {name: hx, provider: %s, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}%s}\nlimits: {requests_per_second: 1000, max_backoff: 20ms, attempts: 2}\n' \
                "$1" "$port" "$dir/ca.pem" "${3:+, $3}" >"$dir/vigie.yaml"
        "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --quiet --format json --output "$2" >/dev/null 2>"$dir/err" || got=$?
        [ $got -eq 0 ] || [ $got -ge 3 ] || { cat "$dir/err" >&2; fail "$1: the scan could not run: $got"; }
}

# replayed PROVIDER MORE: all that is asked has an answer, all is read, and the inventory is that of the answers.
replayed() {
        : >"$dir/unrecorded"
        scan "$1" "$dir/$1.json" "${2:-}"
        ok "$1: all that is asked is recorded" test -z "$(sort -u "$dir/unrecorded" | tee -a /dev/stderr)"
        ok "$1: all is read" query "$dir/$1.json" '.scan.complete or ([.coverage[] | select(.state | IN("ok", "absent", "off") | not)] | map("\(.collector) \(.region): \(.state), \(.cause)") | join("\n") | halt_error)'
        ok "$1: the inventory is that of the answers" python3 tests/e2e/replay.py compare $replay/"$1"/expected.json "$dir/$1.json"
        no_secrets 'private words'
}

# ---- what is there ---------------------------------------------------------------------------------------------------
scaleway_key() { export SCW_ACCESS_KEY=SCWREPLAYHEXAGONE0001 SCW_SECRET_KEY=11111111-0000-4000-8000-0000000000$1 SCW_DEFAULT_ORGANIZATION_ID=105bdce1-0000-4000-8000-000000000001; }
ovh_key() { export OVH_APPLICATION_KEY=$1 OVH_APPLICATION_SECRET=$2 OVH_CONSUMER_KEY=$3; }
mistral_ids="workspace_id: 38dd1a2c-5a3b-4d0e-9a52-2b0d4f0f5b01, organization_id: 38dd1a2c-5a3b-4d0e-9a52-2b0d4f0f5b02"

export OVH_CLIENT_ID=EU.replay0000000001 OVH_CLIENT_SECRET=replayclientsecret01
replayed ovh
unset OVH_CLIENT_ID OVH_CLIENT_SECRET
ovh_key replayappkey0001 replayapplicationsecret000000001 replayconsumerkey000000000000001
replayed ovh # the server computes the signature by itself
scaleway_key a1
replayed scaleway
printf hf_replayHexagone00000000000000000001 >"$dir/secret/hx.token"
replayed huggingface
printf r8_replayHexagone000000000000000000001 >"$dir/secret/hx.api_token"
replayed replicate
printf replayWorkspaceKeyHexagone000001 >"$dir/secret/hx.api_key"
printf replayAdminKeyHexagone0000000001 >"$dir/secret/hx.admin_key"
replayed mistral "$mistral_ids"

# ---- credentials that are not taken, or not for everything -----------------------------------------------------------
# refused PROVIDER COLLECTOR STATE CAUSE MORE: that collector says so, and nothing is found.
refused() {
        scan "$1" "$dir/refused.json" "${5:-}"
        ok "$1: $2 is $3: $4" query "$dir/refused.json" "([.coverage[] | select(.collector == \"$2\" and .state == \"$3\" and (.cause | test(\"$4\")))] | length > 0) or (.coverage | map(select(.state != \"ok\" and .state != \"skipped\")) | tostring | halt_error)"
        ok "$1: nothing is found, and the scan is not complete" query "$dir/refused.json" '(.resources | length) == 0 and .scan.complete == false'
}
ovh_key replayappkey0001 replayapplicationsecret000000001 replaynotvalidated00000000000001
refused ovh ovh.project expired "is not validated, was revoked or has expired"
ovh_key replayappkey0001 replayapplicationsecret00000wrong replayconsumerkey000000000000001
refused ovh ovh.project expired "refuses the signature"
ovh_key replayappkey0001 replayapplicationsecret000000001 replayconsumerkey000000000000001
refused ovh ovh.project expired "ovh-ca does not know the application key" "api: ovh-ca"
scaleway_key b2
refused scaleway scaleway.project expired "expired"
scaleway_key c3
refused scaleway scaleway.project denied "project"
printf hf_replayRevoked000000000000000000001 >"$dir/secret/hx.token"
refused huggingface huggingface.user expired "Invalid credentials"
printf r8_replayRevoked0000000000000000000001 >"$dir/secret/hx.api_token"
refused replicate replicate.account expired "valid authentication token"
printf replayRevokedKeyHexagone00000001 >"$dir/secret/hx.api_key"
printf replayRevokedAdminKeyHexagone001 >"$dir/secret/hx.admin_key"
refused mistral mistral.agent expired "Unauthorized" "$mistral_ids"

# OVHcloud's clock is a minute ahead of ours
ovh_key replayusappkey01 replayapplicationsecret000000002 replayconsumerkey000000000000002
scan ovh "$dir/clock.json" "api: ovh-us"
ok "a clock that is off is no obstacle" query "$dir/clock.json" '[.coverage[] | select(.collector == "ovh.project")] | all(.[]; .state == "ok")'

# lists that are empty because a permission set is missing
scaleway_key d4
scan scaleway "$dir/empty.json"
ok "an empty list without its permission set is no empty list" query "$dir/empty.json" '[.coverage[] | select(.collector == "scaleway.inference.deployment")] | length == 1 and all(.[]; .state == "denied" and (.cause | contains("InferenceReadOnly")))'
ok "nor one of instances" query "$dir/empty.json" '[.coverage[] | select(.collector == "scaleway.instance.gpu")] | length > 0 and all(.[]; .state == "denied" and (.cause | contains("InstancesReadOnly")))'
no_secrets hf_replay r8_replay replayWorkspaceKey replayAdminKey replayRevoked replayapplicationsecret replayconsumerkey replayclientsecret replaybearer 11111111-0000-4000-8000-0000000000 'private words'
finish
