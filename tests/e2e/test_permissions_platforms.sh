# What vigie writes for Hugging Face, Replicate and Mistral is enough and no more, as far as their keys have permissions: a scan with exactly these reads
# everything; with one less, exactly what needs it has no answer.
. tests/e2e/lib.sh
unset HF_TOKEN HUGGING_FACE_HUB_TOKEN REPLICATE_API_TOKEN MISTRAL_API_KEY 2>/dev/null || true
export HOME=$dir CREDENTIALS_DIRECTORY=$dir/secret
mkdir "$dir/secret"
world=tests/worlds/mlaas
. tests/e2e/grants.sh

permissions() { "$VIGIE" permissions "$provider" --quiet --config "$dir/vigie.yaml" "$@"; }
# configure MORE: the account that asks for all that is optional, too.
configure() {
        printf 'accounts:\n  - {name: rows, provider: %s, optional: %s, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}%s}\nlimits: {requests_per_second: 1000, max_backoff: 20ms, attempts: 2}\n' \
                "$provider" "$optional" "${port:-1}" "${ca:-/dev/null}" "${1:+, $1}" >"$dir/vigie.yaml"
}
# listed PROVIDER FORMAT: what its collectors ask, in $dir/list.json; and the same document again gives the same bytes.
listed() {
        provider=$1
        : >"$dir/vigie.yaml"
        status 0 permissions --format json --output "$dir/list.json"
        optional=$(jq -c '[.[] | select(.optional).kind]' "$dir/list.json")
        permissions >"$dir/one"
        ok "$1: the same again gives the same bytes" sh -c "'$VIGIE' permissions $1 -q --config '$dir/vigie.yaml' | cmp -s - '$dir/one'"
        status 2 permissions --format policy
        ok "$1: a format that is none: which there are" grep -q "$2" "$dir/err"
}
read_all() {
        grants_scan "$dir/scan.json"
        ok "$provider: nothing is denied" test -z "$(grants_denied "$dir/scan.json")"
        ok "$provider: everything has an answer, and the scan is complete" query "$dir/scan.json" '.scan.complete and (.coverage | length > 5)'
        ok "$provider: everything has an answer" test -z "$(grants_unread "$dir/scan.json" | tee -a /dev/stderr)"
}

# ---- Hugging Face: permissions of a fine-grained token, by namespace -----------------------------------------------------
printf hf_rowsOnlyHexagone000000000000000001 >"$dir/secret/rows.token"
listed huggingface token
configure "scopes: [hexagone]"
status 0 permissions --account rows --output "$dir/token.json"
ok "for the organisation that is named" query "$dir/token.json" '[.accessToken.fineGrained.scoped[].entity | "\(.type) \(.name)"] == ["org hexagone"]'
configure
status 0 permissions --account rows --output "$dir/token.json"
ok "it is a fine-grained token that only reads" query "$dir/token.json" '.accessToken.role == "fineGrained" and .accessToken.fineGrained.global == [] and ([.accessToken.fineGrained.scoped[].permissions[]] | all(.[]; endswith(".read")))'
ok "for each organisation and the token's owner" query "$dir/token.json" '[.accessToken.fineGrained.scoped[].entity | "\(.type) \(.name)"] == ["org ORGANIZATION", "user USER"]'
jq -r '.accessToken.fineGrained.scoped[0].permissions[]' "$dir/token.json" | sort >"$dir/actions"
# start PERMISSIONS: a token with these and nothing else, in both namespaces.
start() {
        start_cloudsim $world --set settings.page_size=100 --set "huggingface.tokens.hf_rowsOnlyHexagone000000000000000001.scoped={\"hexagone\": $1, \"vigie-hexagone\": $1}"
        configure
}
start "$(jq -Rsc 'split("\n") | map(select(. != ""))' "$dir/actions")"
read_all
ok "every permission is used" test -z "$(control GET actions | jq -r '.[] | keys[]' | sort -u | comm -13 - "$dir/actions" | tee -a /dev/stderr)"
while read -r permission; do
        start "$(jq -Rsc --arg a "$permission" 'split("\n") | map(select(. != "" and . != $a))' "$dir/actions")"
        grants_scan "$dir/less.json"
        ok "without $permission only those that need it have no answer" test -z "$(grants_unread "$dir/less.json" | comm -23 - <(grants_needing "$permission") | tee -a /dev/stderr)"
        ok "without $permission all that need it have none" test -z "$(grants_unread "$dir/less.json" | comm -13 - <(grants_needing "$permission" | grep -v '\.hw$') | tee -a /dev/stderr)"
        ok "without $permission the scan is not complete" query "$dir/less.json" '.scan.complete == false'
done <"$dir/actions"

# ---- Replicate: a token has no scopes ------------------------------------------------------------------------------------
printf r8_rowsOnlyHexagone0000000000000000001 >"$dir/secret/rows.api_token"
listed replicate token
ok "it says that the token may do everything" query "$dir/one" '.scope == "all of the account"'
start_cloudsim $world --set settings.page_size=100
configure
read_all

# ---- Mistral: a workspace's key, and the organisation's ------------------------------------------------------------------
printf rowsOnlyHexagoneWorkspaceKey0001 >"$dir/secret/rows.api_key"
printf rowsOnlyHexagoneAdminKey00000001 >"$dir/secret/rows.admin_key"
listed mistral keys
cp "$dir/one" "$dir/keys.json"
reads() { jq -r --arg k "$1" '.keys[] | select(.kind == $k).reads[]' "$dir/keys.json" | sort; }
ok "each collector is read with one of the keys" test -z "$(comm -3 <(jq -r '.[] | select(.types != ["discovery"]).kind' "$dir/list.json" | sort) <({ reads 'workspace key'; reads 'Admin API key'; } | sort))"
ids="workspace_id: 9f000000-0000-4000-8000-000000000001, organization_id: o-1"
configure "$ids"
read_all
# without KEY FILE VALUE: exactly the collectors that the document gives it have no answer.
without() {
        printf %s "$3" >"$dir/secret/$2"
        grants_scan "$dir/less.json"
        ok "without the $1 exactly what it reads has no answer" test -z "$(comm -3 <(grants_unread "$dir/less.json" | grep -v '^sign-in$') <(reads "$1") | tee -a /dev/stderr)"
        ok "without the $1 the scan is not complete" query "$dir/less.json" '.scan.complete == false'
}
without 'Admin API key' rows.admin_key none00000000000000000000000000
printf rowsOnlyHexagoneAdminKey00000001 >"$dir/secret/rows.admin_key"
without 'workspace key' rows.api_key none00000000000000000000000000
no_secrets rowsOnly none0000
finish
