# Bad input: one clear error with its place, exit status 2, nothing started; and what goes wrong in mid-scan.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/small
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true
config() { printf '%s\n' "$@" >"$dir/vigie.yaml"; }
good() { config "accounts:" "  - {name: essai, provider: aws, network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}" "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}"; }
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" "$@"; }
refused() { # EXPECTED TEXT
        status 2 scan
        ok "the message says: $1" grep -qF "$1" "$dir/err"
        ok "nothing was asked" test "$(control GET counters | jq .requests)" = 0
        ok "nothing was begun" test ! -e "$dir/state/vigie.db"
}

config "intervall: 15min"
refused "vigie.yaml:1:1: unknown key 'intervall'; did you mean 'interval'?"
config "interval: soon"
refused "vigie.yaml:1:11: 'interval' must be a time span"
config "accounts:" "  - {name: a, provider: awss}"
refused "vigie.yaml:2:"
config "accounts: 7"
refused "vigie.yaml:1:11: 'accounts' must be a list"
config "accounts:" "  - {name: a, provider: aws, endpoint: 'http://example.net'}"
refused "vigie.yaml:2:"
config "accounts:" "  - {name: a, provider: aws, profil: x}"
refused "did you mean 'profile'?"
good
mkdir -p "$dir/catalogue/aws"
printf 'service: aws.x\ntitle: {en: x}\n' >"$dir/catalogue/aws/x.yaml"
refused "x.yaml:2:8: 'fr' is missing"
rm -r "$dir/catalogue"
mkdir -p "$dir/rules"
printf 'rules: [{id: 3}]\n' >"$dir/rules/own.yaml"
refused "own.yaml:"
rm -r "$dir/rules"
mkdir -p "$dir/jurisdictions"
sed 's/parent: {name: Iliad (Xavier Niel), country: FR}/parent: {name: Elsewhere, country: US}/' config/jurisdictions/scaleway.yaml >"$dir/jurisdictions/scaleway.yaml"
refused "scaleway.yaml:10:14: 'eu' is not what the countries of operator and parent say"
rm -r "$dir/jurisdictions"
config "accounts:" "  - {name: a, provider: aws, offer: azure.bleu}"
refused "vigie.yaml:2:5: account 'a': 'offer' names none of the provider's offers: 'azure.bleu'"
good
status 2 "$VIGIE" scan --config "$dir/there-is-none.yaml" --state "$dir/state"
status 2 "$VIGIE" scan --colour
status 2 "$VIGIE" scam
status 2 "$CLOUDSIM" --world "$dir/there-is-none.yaml"
printf 'world: bad\nawss: {}\n' >"$dir/bad.yaml"
status 2 "$CLOUDSIM" --world "$dir/bad.yaml"
ok "a bad world is told with its place" grep -q "bad.yaml:2:1" "$dir/err"

# ---- no credentials at all ----------------------------------------------------------------------------------
status 2 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY HOME="$dir/home" "$VIGIE" scan --state "$dir/state"

# ---- a wrong key: which account, which source, what to do; the other account is scanned ------------------------
config "accounts:" "  - {name: essai, provider: aws, network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}" \
        "  - {name: lab, provider: scaleway, network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}" "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}"
code=0
SCW_ACCESS_KEY=SCWSMALLWORLD0000001 SCW_SECRET_KEY=5a000000-0000-4000-8000-000000000bad SCW_DEFAULT_ORGANIZATION_ID=5a000000-0000-4000-8000-000000000001 \
        scan --format json --output "$dir/scan.json" 2>"$dir/err" || code=$?
ok "findings or incomplete coverage, not a failure to run" test $code -ge 3
ok "the account is named" grep -q "lab" "$dir/err"
ok "the source is named" grep -q "SCW_SECRET_KEY\|environment" "$dir/err"
ok "the other account was scanned" query "$dir/scan.json" '[.resources[] | select(.provider == "aws")] | length == 3'
ok "the scan is not complete" query "$dir/scan.json" '.scan.complete == false'
ok "the account is told as not read" query "$dir/scan.json" '[.coverage[] | select(.account == "lab" and .state == "expired")] | length > 0'
ok "a refused key is not tried again and again" test "$(control GET log | jq '[.[] | select(.status == 401)] | length')" -le 30
rm -rf "$dir/state"

# ---- Ctrl-C in mid-scan: recorded as incomplete, nothing gone -----------------------------------------------------
good
scan --format json --output "$dir/first.json" >/dev/null 2>&1 || true
control POST reset '' >/dev/null
control POST faults '{"match": {"provider": "aws", "service": "sagemaker"}, "do": {"latency_ms": 3000}}' >/dev/null
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" >/dev/null 2>"$dir/err" &
victim=$!
n=0
until [ "$(control GET log | jq '[.[] | select(.operation == "ListTrails" or .operation == "DescribeTrails")] | length')" -ge 1 ]; do
        n=$((n + 1))
        [ $n -lt 200 ] || fail "the second scan does not begin"
        sleep 0.05
done
kill -TERM $victim # a shell makes what it starts in the background ignore INT
wait $victim || true
control DELETE faults >/dev/null
ok "nothing is gone" test "$("$VIGIE" resources --state "$dir/state" --kind aws.sagemaker.endpoint --format json | jq '[.resources[]?, (.[]? | select(type == "object" and has("kind")))] | length')" -ge 3
"$VIGIE" status --state "$dir/state" >"$dir/out"
ok "status says incomplete" grep -qi "incomplete" "$dir/out"

# ---- a store of a newer version: refused, untouched ------------------------------------------------------------------
sqlite3 "$dir/state/vigie.db" 'pragma journal_mode=delete; pragma user_version=9999;' >/dev/null
sha256sum "$dir/state/vigie.db" >"$dir/sum"
status 1 scan
ok "it says newer" grep -qi "newer" "$dir/err"
ok "the file is untouched" sha256sum -c --status "$dir/sum"
finish
