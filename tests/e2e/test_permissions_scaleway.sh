# The IAM policy that vigie writes for Scaleway is enough and no more: a scan with exactly these permission sets reads everything; with one set less
# exactly those say denied that need it, also where the API answers with an empty list instead; and no set is granted that a scan does not use.
. tests/e2e/lib.sh
export SCW_CONFIG_PATH=/nonexistent SCW_ACCESS_KEY=SCWHEXAGONEROWS00001 SCW_SECRET_KEY=9a000000-0000-4000-8000-00000000c1ef
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
unset SCW_PROFILE SCW_DEFAULT_ORGANIZATION_ID SCW_DEFAULT_PROJECT_ID SCW_API_URL 2>/dev/null || true
organization=9a000000-0000-4000-8000-000000000001
projects='["9a000000-0000-4000-8000-0000000000a1", "9a000000-0000-4000-8000-0000000000a2"]'
key=scaleway.organizations.$organization.keys.0
mkdir "$dir/secret"
printf rows-only-cockpit-token-of-hexagone >"$dir/secret/rows.cockpit_token"
export CREDENTIALS_DIRECTORY=$dir/secret

permissions() { "$VIGIE" permissions scaleway --quiet --config "$dir/vigie.yaml" "$@"; }
# configure OPTIONAL [ORGANISATION]: the account that asks for these beside the others.
configure() {
        printf 'accounts:\n  - {name: rows, provider: scaleway, organization_id: %s, optional: %s, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}}\nlimits: {requests_per_second: 500, max_backoff: 20ms}\n' \
                "${2:-$organization}" "$1" "${port:-1}" "${ca:-/dev/null}" >"$dir/vigie.yaml"
}
# scan FILE: an exit status for findings or for what is missing is none of an error.
scan() {
        local got=0
        rm -rf "$dir/state"
        "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$1" >/dev/null 2>"$dir/err" || got=$?
        [ $got -eq 0 ] || [ $got -ge 3 ] || { cat "$dir/err" >&2; fail "the scan could not run: $got"; }
}

# ---- what is written -----------------------------------------------------------------------------------------------
configure '[]'
status 0 permissions --output "$dir/policy.json"
ok "it is a policy with a rule for the organisation and one for projects" query "$dir/policy.json" '.name and .description and (.rules | length == 2) and .rules[0].organization_id and (.rules[0].project_ids | not) and (.rules[1].project_ids | type == "array") and (.rules[1].organization_id | not)'
ok "sets are whole, once each, and only read" query "$dir/policy.json" '[.rules[].permission_set_names[]] | length == (unique | length) and all(.[]; test("^[A-Za-z]+(ReadOnly|Read|ModelAccess)$"))'
ok "the same again gives the same bytes" sh -c "'$VIGIE' permissions scaleway -q --config '$dir/vigie.yaml' | cmp -s - '$dir/policy.json'"
status 0 permissions --format json --output "$dir/list.json"
optional=$(jq -c '[.[] | select(.optional).kind]' "$dir/list.json")
configure "$optional"
status 0 permissions --account rows --output "$dir/rows.json"
ok "an account that asks for all gets what --optional writes" test "$(jq -c '[.rules[].permission_set_names]' "$dir/rows.json")" = "$(permissions --optional | jq -c '[.rules[].permission_set_names]')"
ok "its organisation is named" query "$dir/rows.json" ".rules[0].organization_id == \"$organization\""
ok "a person sees what only reads not" sh -c "'$VIGIE' permissions scaleway --config '$dir/vigie.yaml' 2>&1 >/dev/null | grep -q GenerativeApisModelAccess"

# ---- exactly these are granted -------------------------------------------------------------------------------------
# granted FILTER: the policy's rules, changed by it, as a world has them.
granted() { jq -c ".rules[1].project_ids = $projects | .rules | ${1:-.}" "$dir/rows.json"; }
# start RULES [OPTION…]: the world of all rows, with a key that may do this.
start() {
        start_cloudsim tests/worlds/scaleway --set "$key.rules=$1" "${@:2}"
        configure "$optional"
}
needing() { jq -r --arg a "$1" '.[] | select(any(.calls[]; .permission == $a)).kind' "$dir/list.json" | sort; }
# those that surely asked it: by their list, or for what they found
asking() { jq -r --arg a "$1" --slurpfile scan "$dir/scan.json" '([$scan[0].resources[].kind] | unique) as $found | ([$scan[0].coverage[].collector] | unique) as $asked
        | .[] | select(.kind | IN($asked[])) | select(.calls[0].permission == $a or (any(.calls[]; .permission == $a) and (.kind | IN($found[])))).kind' "$dir/list.json" | sort; }
denied() { jq -r '[.coverage[] | select(.state == "denied")] | .[].collector' "$1" | sort -u; }
unanswered() { jq -r '[.coverage[] | select(.state != "ok" and .state != "absent")] | .[].collector' "$1" | sort -u; }

start "$(granted)"
scan "$dir/scan.json"
ok "nothing is denied" query "$dir/scan.json" '[.coverage[] | select(.state == "denied")] == []'
ok "everything has an answer" query "$dir/scan.json" '.scan.complete and (.coverage | length > 100) and all(.coverage[]; .state == "ok" or .state == "absent")'
ok "every set is used" test "$(control GET actions | jq -r ".\"$organization\" | keys[]")" = "$(jq -r '.rules[].permission_set_names[]' "$dir/rows.json" | sort)"

for set in $(jq -r '.rules[].permission_set_names[]' "$dir/rows.json"); do
        less=$(granted "map(.permission_set_names -= [\"$set\"])")
        start "$less"
        scan "$dir/less.json"
        ok "without $set some say denied" test -n "$(denied "$dir/less.json")"
        ok "without $set only those that need it do" test -z "$(comm -23 <(denied "$dir/less.json") <(needing "$set"))"
        # what is below a parent, or follows, is not asked when that is unread; its cause says so
        ok "without $set all of them are without an answer" test -z "$(comm -13 <(unanswered "$dir/less.json") <(asking "$set"))"
        ok "without $set it is named" query "$dir/less.json" "[.coverage[] | select(.state == \"denied\").permission] | unique == [\"$set\"]"
        ok "without $set the scan is not complete" query "$dir/less.json" '.scan.complete == false'
done

# ---- refused in silence: an empty list instead of a word -----------------------------------------------------------
found() { jq -r '[.resources[].kind] | unique | .[]' "$1" | sort; }
for set in InferenceReadOnly DediboxReadOnly QaaSReadOnly InstancesReadOnly KubernetesReadOnly BillingReadOnly AuditTrailExportRead AuditTrailReadOnly GenerativeApisModelAccess; do
        start "$(granted "map(.permission_set_names -= [\"$set\"])")" --set "$key.silent=true"
        scan "$dir/silent.json"
        # resources that are not found, and records of evidence, which a scan does not list
        lost=$({
                comm -23 <(found "$dir/scan.json") <(found "$dir/silent.json")
                jq -r --arg a "$set" '.[] | select(.types[0] | startswith("evidence")) | select(.calls[0].permission == $a).kind' "$dir/list.json"
        } | sort -u)
        ok "without $set, in silence, something is not found" test -n "$lost"
        ok "without $set, in silence, nothing of that looks clean" test -z "$(comm -13 <(unanswered "$dir/silent.json") <(echo "$lost"))"
        ok "without $set, in silence, the set is named" query "$dir/silent.json" "[.coverage[] | select(.state == \"denied\")] | length > 0 and all(.[]; .permission == \"$set\") and any(.[]; .cause | test(\"the list is empty, and no policy gives the key $set\"))"
done

# ---- one project of two: what is not shown is told -----------------------------------------------------------------
start "$(granted '.[1].project_ids = [.[1].project_ids[0]]')"
scan "$dir/one.json"
ok "the project that may not be read is named" query "$dir/one.json" 'any(.coverage[]; .collector == "scaleway.inference.deployment" and .state != "ok" and (.cause | test("InferenceReadOnly in 1 project, what is there is not in the list: 9a000000-0000-4000-8000-0000000000a2")))'
ok "what may be read is there" query "$dir/one.json" '[.resources[] | select(.kind == "scaleway.inference.deployment").name] == ["assistant-1"]'
ok "the scan is not complete" query "$dir/one.json" '.scan.complete == false'

# ---- an organisation that the key cannot see -----------------------------------------------------------------------
start "$(granted)"
configure '[]' 9b000000-0000-4000-8000-000000000001
scan "$dir/foreign.json"
ok "nothing is found" query "$dir/foreign.json" '.resources == [] and .scan.complete == false'
ok "and it does not look clean" query "$dir/foreign.json" '(.coverage | length > 0) and all(.coverage[]; .state != "ok")'
ok "it is said which organisation the key is of" grep -q "belongs to the organisation $organization, not to 9b000000" "$dir/err"
# the same, where the key may not read IAM
start "$(granted 'map(.permission_set_names -= ["IAMReadOnly"])')"
configure '[]' 9b000000-0000-4000-8000-000000000001
scan "$dir/foreign.json"
ok "without IAM the lists of the other organisation say denied" query "$dir/foreign.json" '.scan.complete == false and all(.coverage[] | select(.collector | test("deployment|cluster$|gpu|usage|audit")); .state != "ok")'

no_secrets 9a000000-0000-4000-8000-00000000c1ef rows-only-cockpit-token-of-hexagone secret-of-the-destination secret-of-the-link
finish
