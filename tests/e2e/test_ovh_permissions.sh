# What vigie writes for OVHcloud is enough: a scan with exactly these actions, or with exactly these rules of a consumer key, reads
# everything; with one less, exactly those say denied that need it; and no action is granted that a scan does not use.
. tests/e2e/lib.sh
unset OVH_ENDPOINT OVH_APPLICATION_KEY OVH_APPLICATION_SECRET OVH_CONSUMER_KEY OVH_CLIENT_ID OVH_CLIENT_SECRET OVH_ACCESS_TOKEN 2>/dev/null || true
export HOME=$dir
mkdir -p "$dir/secret"
printf leakedaiekey000000000000000000001 >"$dir/secret/hx.aie_key"
export CREDENTIALS_DIRECTORY=$dir/secret

permissions() { "$VIGIE" permissions ovh --quiet --config "$dir/vigie.yaml" "$@"; }
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --fresh --quiet --format json --output "$@" >/dev/null 2>&1 || true; }
denied() { jq -r '[.coverage[] | select(.state == "denied").collector] | unique[]' "$1"; }

# ---- what is written -----------------------------------------------------------------------------------------------
: >"$dir/vigie.yaml"
status 0 permissions --output "$dir/policy.json"
ok "it is a policy of IAM" query "$dir/policy.json" '.name and (.identities | length) == 1 and (.resources | all(.urn | startswith("urn:v1:eu:resource:"))) and (.permissions | keys) == ["allow"]'
ok "actions are whole, once each, and only read" query "$dir/policy.json" '[.permissions.allow[].action] | length == (unique | length) and all(.[]; test("^(account|ldp|publicCloudProject):apiovh:([A-Za-z0-9/]+/)?get$"))'
ok "keys of data stores are not read" query "$dir/policy.json" '[.permissions.allow[].action] | all(.[]; test("auth/get|kubeconfig") | not)'
status 0 permissions --format credential-rules --output "$dir/rules.json"
ok "rules only read, once each" query "$dir/rules.json" '.accessRules | length == (unique | length) and length > 40 and all(.[]; .method == "GET" and (.path | startswith("/")))'
ok "no rule opens everything of a project" query "$dir/rules.json" '[.accessRules[].path] | all(.[]; . != "/*" and . != "/cloud/project/*" and . != "/cloud/*")'
ok "version 1 has no number in a rule" query "$dir/rules.json" '[.accessRules[].path] | all(.[]; startswith("/v1") | not)'
status 0 "$VIGIE" permissions ovh --config "$dir/vigie.yaml"
ok "it says what to put in" grep -q "NICHANDLE" "$dir/err"
status 2 permissions --format terraform
ok "a format that is none: which there are" grep -q "iam-policy, credential-rules" "$dir/err"

# ---- exactly these are granted -------------------------------------------------------------------------------------
status 0 permissions --format json --output "$dir/list.json"
optional=$(jq -c '[.[] | select(.optional).kind]' "$dir/list.json")
account="accounts:\n  - {name: hx, provider: ovh, optional: $optional"
printf "$account}\n" >"$dir/vigie.yaml"
export OVH_CLIENT_ID=EU.0123456789abcdef OVH_CLIENT_SECRET=leakedclientsecret01
status 0 permissions --account hx --output "$dir/policy.json"
jq -r '.permissions.allow[].action' "$dir/policy.json" | sort >"$dir/actions"
ok "the account's service account is named" query "$dir/policy.json" '.identities == ["urn:v1:eu:identity:credential:NICHANDLE/oauth2-EU.0123456789abcdef"]'
status 0 permissions --account hx --format credential-rules --output "$dir/rules.json"
cp "$dir/policy.json" "$dir/granted.json"
cp "$dir/rules.json" "$dir/granted-rules.json"
start_cloudsim tests/worlds/ovh --set settings.page_size=100 --set "ovh.accounts.hx12345-ovh.service_accounts.0.policy_file=$dir/granted.json" \
        --set "ovh.accounts.hx12345-ovh.keys.0.rules_file=$dir/granted-rules.json"
printf "$account, network: {connect_to: \"127.0.0.1:$port\", ca_file: \"$ca\"}}\nlimits: {requests_per_second: 5000, max_backoff: 20ms}\n" >"$dir/vigie.yaml"
scan "$dir/scan.json"
ok "nothing is denied" test -z "$(denied "$dir/scan.json")"
ok "everything has an answer" query "$dir/scan.json" '.scan.complete and (.coverage | length > 40)'
ok "every action is used" test -z "$(control GET actions | jq -r '."hx12345-ovh" | keys[]' | sort | comm -13 - "$dir/actions")"

# without ACTION: exactly the collectors that need it say denied, and the reply's name of it is told.
without() {
        local action=$1
        jq --arg a "$action" '.permissions.allow |= [.[] | select(.action != $a)]' "$dir/policy.json" >"$dir/granted.json"
        scan "$dir/less.json"
        cp "$dir/policy.json" "$dir/granted.json"
        jq -r --arg a "$action" '.[] | select(any(.calls[]; .permission == $a)).kind' "$dir/list.json" | sort >"$dir/needing"
        ok "without $action some say denied" test -n "$(denied "$dir/less.json")"
        ok "without $action only those that need it do" test -z "$(denied "$dir/less.json" | comm -23 - "$dir/needing")"
        ok "without $action it is named" query "$dir/less.json" "[.coverage[] | select(.state == \"denied\").permission] | unique == [\"$action\"]"
        ok "without $action the reply's own word is told" query "$dir/less.json" "[.coverage[] | select(.state == \"denied\").cause] | all(.[]; contains(\"needs $action\"))"
        ok "without $action the scan is not complete" query "$dir/less.json" '.scan.complete == false'
}
without publicCloudProject:apiovh:ai/app/get
without publicCloudProject:apiovh:kube/ipRestrictions/get # a detail
without ldp:apiovh:cluster/retention/get

# ---- the same by the rules of a consumer key -----------------------------------------------------------------------
unset OVH_CLIENT_ID OVH_CLIENT_SECRET
export OVH_APPLICATION_KEY=ovhworldappkey01 OVH_APPLICATION_SECRET=leakedapplicationsecret000000001 OVH_CONSUMER_KEY=leakedconsumerkey000000000000001
scan "$dir/scan.json"
ok "nothing is denied to the key" test -z "$(denied "$dir/scan.json")"
ok "everything has an answer for the key" query "$dir/scan.json" '.scan.complete and (.coverage | length > 40)'
jq '.accessRules |= [.[] | select(.path != "/cloud/project/*/ai/app")]' "$dir/rules.json" >"$dir/granted-rules.json"
scan "$dir/less.json"
ok "a rule that is missing is told" query "$dir/less.json" '[.coverage[] | select(.state == "denied")] | length == 1 and .[0].collector == "ovh.ai.app" and (.[0].cause | contains("NOT_GRANTED_CALL"))'

no_secrets leaked
finish
