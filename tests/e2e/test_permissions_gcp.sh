# The custom role that vigie writes for Google Cloud is enough and no more: a scan with exactly these permissions reads everything; with one less exactly
# those say denied that need it; and no permission is granted that a scan does not use.
. tests/e2e/lib.sh
unset GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_QUOTA_PROJECT CLOUDSDK_CONFIG 2>/dev/null || true
export NO_GCE_CHECK=true
mkdir "$dir/secret"
printf '{"type": "authorized_user", "client_id": "rows.apps.googleusercontent.com", "client_secret": "rows-only-hexagone-0001", "refresh_token": "1//rows-only-hexagone-000000000001", "quota_project_id": "hexagone-ia"}' >"$dir/secret/gcp.json"

permissions() { "$VIGIE" permissions gcp --quiet --config "$dir/vigie.yaml" "$@"; }
# configure OPTIONAL: the account that asks for these beside the others; two regions are enough for what is the same in all.
configure() {
        printf 'accounts:\n  - {name: rows, provider: gcp, credentials_file: "%s", regions: [europe-west1, eu, us], optional: %s, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}}\nlimits: {requests_per_second: 1000, max_backoff: 20ms}\n' \
                "$dir/secret/gcp.json" "$1" "${port:-1}" "${ca:-/dev/null}" >"$dir/vigie.yaml"
}
. tests/e2e/grants.sh

# ---- what is written -----------------------------------------------------------------------------------------------
: >"$dir/vigie.yaml"
status 0 permissions --output "$dir/role.yaml"
ok "it is a role that can be created" sh -c "grep -q '^title: ' '$dir/role.yaml' && grep -q '^stage: GA$' '$dir/role.yaml' && grep -q '^includedPermissions:$' '$dir/role.yaml'"
granted_of() { sed -n 's/^- //p' "$1"; }
ok "permissions are whole and once each" test "$(granted_of "$dir/role.yaml" | sort | uniq -d | wc -l)$(granted_of "$dir/role.yaml" | grep -cvE '^[a-z]+\.[A-Za-z]+(\.[A-Za-z]+)*\.[A-Za-z]+$')" = 00
ok "they only read" sh -c "! sed -n 's/^- //p' '$dir/role.yaml' | grep -E '\.(create|update|delete|set[A-Z]|patch|use|predict|getKeyString)'"
ok "the same again gives the same bytes" sh -c "'$VIGIE' permissions gcp -q --config '$dir/vigie.yaml' | cmp -s - '$dir/role.yaml'"
status 0 "$VIGIE" permissions gcp --config "$dir/vigie.yaml"
ok "it says how to create and bind it" grep -q "gcloud organizations add-iam-policy-binding" "$dir/err"
status 2 permissions --format policy
ok "a format that is none: which there are" grep -q "role, terraform" "$dir/err"

# ---- exactly these are granted -------------------------------------------------------------------------------------
status 0 permissions --format json --output "$dir/list.json"
optional=$(jq -c '[.[] | select(.optional).kind]' "$dir/list.json")
configure "$optional"
status 0 permissions --account rows --output "$dir/rows.yaml"
granted_of "$dir/rows.yaml" | sort >"$dir/actions"
# a person's sign-in: the project that pays has to allow it, too
start() {
        start_cloudsim tests/worlds/gcp --set settings.page_size=100 --set "gcp.users.0.permissions=$(jq -c '. + ["serviceusage.services.use"]' <<<"$1")"
        configure "$optional"
}
grants_prove vigie@hexagone.example
for action in aiplatform.endpoints.list logging.buckets.list bigquery.datasets.get; do
        grants_without "$action"
done
no_secrets 'rows-only'
finish
