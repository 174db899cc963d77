# The custom role that vigie writes for Azure is enough and no more: a scan with exactly these actions reads everything; with one less exactly those say
# denied that need it; and no action is granted that a scan does not use.
. tests/e2e/lib.sh
unset AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_AUTHORITY_HOST AZURE_CLOUD ARM_TENANT_ID ARM_CLIENT_ID ARM_CLIENT_SECRET ARM_ENVIRONMENT 2>/dev/null || true
tenant=99999999-9999-4999-8999-999999999999
mkdir "$dir/secret"
printf 'rows~only.hexagone-000000000000000000' >"$dir/secret/azure"

permissions() { "$VIGIE" permissions azure --quiet --config "$dir/vigie.yaml" "$@"; }
# configure OPTIONAL: the account that asks for these beside the others.
configure() {
        printf 'accounts:\n  - {name: rows, provider: azure, tenant: %s, client_id: 88888888-8888-4888-8888-888888888888, client_secret_file: "%s", optional: %s, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}}\nlimits: {requests_per_second: 1000, max_backoff: 20ms}\n' \
                "$tenant" "$dir/secret/azure" "$1" "${port:-1}" "${ca:-/dev/null}" >"$dir/vigie.yaml"
}
. tests/e2e/grants.sh

# ---- what is written -----------------------------------------------------------------------------------------------
: >"$dir/vigie.yaml"
status 0 permissions --output "$dir/role.json"
ok "it is a role that can be created" query "$dir/role.json" '.Name and .IsCustom == true and .Description and (.AssignableScopes | length > 0) and .NotActions == [] and .DataActions == [] and .NotDataActions == []'
ok "actions are whole, once each, and only read" query "$dir/role.json" '.Actions | length == (unique | length) and length > 50 and all(.[]; test("^Microsoft\\.[A-Za-z]+/[A-Za-z/]+/read$"))'
ok "no action reads keys or contents" query "$dir/role.json" '.Actions | all(.[]; test("listKeys|listSecrets|/action$") | not)'
ok "the same again gives the same bytes" sh -c "'$VIGIE' permissions azure -q --config '$dir/vigie.yaml' | cmp -s - '$dir/role.json'"
status 0 "$VIGIE" permissions azure --config "$dir/vigie.yaml"
ok "it says how to create and assign it" grep -q "az role assignment create" "$dir/err"
ok "and calls nothing left out that it grants" sh -c "! grep -q 'not granted: azure.subscription,' '$dir/err'"
status 2 permissions --format policy
ok "a format that is none: which there are" grep -q "role, terraform" "$dir/err"

# ---- exactly these are granted -------------------------------------------------------------------------------------
status 0 permissions --format json --output "$dir/list.json"
optional=$(jq -c '[.[] | select(.optional).kind]' "$dir/list.json")
configure "$optional"
status 0 permissions --account rows --output "$dir/rows.json"
jq -r '.Actions[]' "$dir/rows.json" | sort >"$dir/actions"
start() {
        start_cloudsim tests/worlds/azure --set settings.page_size=100 --set "azure.tenants.$tenant.applications.0.actions=$1"
        configure "$optional"
}
grants_prove "$tenant"
for action in Microsoft.CognitiveServices/accounts/read Microsoft.CognitiveServices/accounts/deployments/read Microsoft.OperationalInsights/workspaces/tables/read; do
        grants_without "$action"
done
no_secrets 'rows~only'
finish
