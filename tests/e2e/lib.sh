# Shared by the end-to-end scripts: a cloudsim on a port of its own, a configuration for it, checks that say what failed.
# VIGIE and CLOUDSIM name the programs. Everything lives in $dir and is gone at the end.
set -euo pipefail
export LC_ALL=C.UTF-8
export NO_GCE_CHECK=true # what runs here is not what the machine is
unset GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_CONFIG
dir=$(mktemp -d)
pids=()
passed=0

cleanup() {
        for pid in "${pids[@]:-}"; do
                [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
        done
        rm -rf "$dir"
        # what ran as root and renamed a file to there breaks whatever runs next, far from here
        [ -c /dev/null ] || { echo "FAILED: /dev/null is no device any more" >&2; exit 1; }
}
trap cleanup EXIT

fail() {
        echo "FAILED: $*" >&2
        exit 1
}

# ok DESCRIPTION COMMAND…: the command must succeed.
ok() {
        local what=$1
        shift
        "$@" || fail "$what: $*"
        passed=$((passed + 1))
}

# status EXPECTED COMMAND…: the exit status must be that.
status() {
        local expected=$1 got=0
        shift
        "$@" >"$dir/out" 2>"$dir/err" || got=$?
        [ "$got" -eq "$expected" ] || { cat "$dir/err" >&2; fail "exit status $got, expected $expected: $*"; }
        passed=$((passed + 1))
}

# query FILE FILTER: true when jq's filter is.
query() {
        jq -e "$2" "$1" >/dev/null
}

# start_cloudsim WORLD [OPTION…]: sets $port, $http, $ca.
start_cloudsim() {
        local n=0
        rm -f "$dir/port" "$dir/http-port" # of one that was started before
        "$CLOUDSIM" --world "$@" --port-file "$dir/port" --tls-dir "$dir/tls" --http-listen 127.0.0.1:0 \
                --http-port-file "$dir/http-port" >"$dir/cloudsim.log" 2>&1 &
        pids+=($!)
        while [ ! -s "$dir/port" ] || [ ! -s "$dir/http-port" ]; do
                n=$((n + 1))
                [ $n -lt 200 ] || { cat "$dir/cloudsim.log" >&2; fail "cloudsim does not start"; }
                sleep 0.05
        done
        port=$(cat "$dir/port")
        http=http://127.0.0.1:$(cat "$dir/http-port")
        ca=$dir/tls/ca.pem
}

# control METHOD PATH [BODY]: cloudsim's own interface.
control() {
        curl -fsS -X "$1" ${3:+--data "$3"} "$http/_cloudsim/$2"
}

# no_secrets SECRET…: none of them stands in anything that was written below $dir, files of credentials ($dir/secret) and what cloudsim says apart, nor a
# session token that cloudsim has handed out (they all begin alike).
no_secrets() {
        local secret found
        for secret in "$@" FwoG/; do
                found=$(grep -rlaF --exclude-dir=secret --exclude-dir=tls --exclude=cloudsim.log -e "$secret" "$dir" || true)
                [ -z "$found" ] || fail "a secret ('${secret:0:6}…') stands in: $found"
        done
        passed=$((passed + 1))
}

# small_config DIR: the account of tests/worlds/small, with no other credentials around, in a configuration that reaches cloudsim.
small_config() {
        export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
        unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY CREDENTIALS_DIRECTORY INVOCATION_ID 2>/dev/null || true
        cat >"$1/vigie.yaml" <<YAML
accounts:
  - {name: essai, provider: aws, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}
YAML
}

# The demo's company: credentials where each provider's tools keep them, a configuration that reaches cloudsim.
demo_config() {
        printf '[prod]\naws_access_key_id = AKIAHEXAGONEPROD0001\naws_secret_access_key = %s\n[lab]\naws_access_key_id = AKIAHEXAGONELAB00001\naws_secret_access_key = %s\n' \
                'demo/only/hexagone/prod+0000000000000000' 'demo/only/hexagone/lab++0000000000000000' >"$1/aws-credentials"
        printf 'access_key: SCWHEXAGONEDEMO00001\nsecret_key: 7c000000-0000-4000-8000-00000000c1ef\ndefault_organization_id: 7c000000-0000-4000-8000-000000000001\n' >"$1/scw.yaml"
        printf 'demo~only.hexagone-azure-0000000000000000' >"$1/azure-secret"
        chmod 600 "$1/aws-credentials" "$1/scw.yaml" "$1/azure-secret"
        printf '{"type": "authorized_user", "client_id": "demo.apps.googleusercontent.com", "client_secret": "demo-only-hexagone-gcp", "refresh_token": "1//demo-only-hexagone-gcp-00000000", "quota_project_id": "hexagone-vigie"}' >"$1/gcp.json"
        chmod 600 "$1/gcp.json"
        export AWS_SHARED_CREDENTIALS_FILE=$1/aws-credentials AWS_CONFIG_FILE=/dev/null SCW_CONFIG_PATH=$1/scw.yaml
        unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true
        unset AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_AUTHORITY_HOST ARM_TENANT_ID ARM_CLIENT_ID ARM_CLIENT_SECRET 2>/dev/null || true
        unset OVH_ENDPOINT OVH_APPLICATION_KEY OVH_APPLICATION_SECRET OVH_CONSUMER_KEY OVH_CLIENT_ID OVH_ACCESS_TOKEN OVH_CLOUD_PROJECT_SERVICE 2>/dev/null || true
        export OVH_CLIENT_SECRET=demo-only-hexagone-ovh-0000000000
        mkdir -p "$1/credentials" # as systemd would give them
        printf 'hf_demoOnlyHexagone000000000000000001\n' >"$1/credentials/hexagone-huggingface.token"
        printf 'r8_demoOnlyHexagone0000000000000000001\n' >"$1/credentials/hexagone-replicate.api_token"
        printf 'demoOnlyHexagoneWorkspaceKey0001\n' >"$1/credentials/hexagone-mistral.api_key"
        printf 'demoOnlyHexagoneAdminKey00000001\n' >"$1/credentials/hexagone-mistral.admin_key"
        chmod 600 "$1/credentials"/*
        export CREDENTIALS_DIRECTORY=$1/credentials
        cat >"$1/vigie.yaml" <<YAML
accounts:
  - {name: hexagone-prod, provider: aws, profile: prod, organization: {role: vigie-read, external_id: hexagone-vigie}, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-lab, provider: aws, profile: lab, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-azure, provider: azure, tenant: 7d000000-0000-4000-8000-000000000001, client_id: 7d000000-0000-4000-8000-0000000000c1, client_secret_file: "$1/azure-secret", network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-gcp, provider: gcp, credentials_file: "$1/gcp.json", network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-ovh, provider: ovh, client_id: EU.hexagonedemo0001, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-scaleway, provider: scaleway, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-huggingface, provider: huggingface, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-replicate, provider: replicate, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
  - {name: hexagone-mistral, provider: mistral, workspace_id: 8c000000-0000-4000-8000-000000000001, organization_id: 8e000000-0000-4000-8000-000000000001, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
limits: {requests_per_second: 200, max_backoff: 20ms}
YAML
        mkdir -p "$1/declarations" "$1/waivers"
        cat >"$1/declarations/hexagone.yaml" <<'YAML'
declarations:
  - match: {provider: mistral}
    declare: {ai-act-system: courriers, ai-act-risk: limited, ai-act-owner: equipe-courriers}
    owner: Direction des données
    reason: Models and use have no tags; decided on 12 October 2026.
YAML
        cat >"$1/waivers/hexagone.yaml" <<YAML
waivers:
  - id: D-2026-014
    rules: [LOC-*]
    match: {provider: ovh, name: demo-salon}
    owner: Direction commerciale
    reason: Stand at a trade fair in Montréal, without customer data.
    until: $(date -u -d '+120 days' +%F)
  - id: D-2026-003
    rules: [LOC-003]
    match: {provider: azure, name: ancrage-web}
    owner: Direction des risques
    reason: Trial of web search, to be judged by the end of October.
    until: 2026-10-31
  - id: D-2026-011
    rules: [SEC-004]
    match: {provider: scaleway, name: ancien-essai}
    owner: DSI
    reason: Open to partners while they test.
    until: $(date -u -d '+9 days' +%F)
YAML
}

finish() {
        echo "$(basename "$0"): $passed passed, 0 failed"
}
