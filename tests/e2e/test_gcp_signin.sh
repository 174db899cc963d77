# Signing in to Google Cloud with the real program: files that are no credentials, refusals, and what works, each told in one message (account, what, where,
# what to do) while the other accounts are scanned. No secret is ever written.
. tests/e2e/lib.sh
mkdir -p "$dir/secret" "$dir/home" "$dir/catalogue"
cp -r tests/fixtures/gcp-signin/catalogue/gcp "$dir/catalogue/"
export HOME=$dir/home
unset GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_QUOTA_PROJECT GCE_METADATA_HOST K_SERVICE 2>/dev/null || true

email=vigie-read@hexagone-outils.iam.gserviceaccount.com
key() { # FILE: a new key of the service account, as the console gives it
        openssl genrsa 2048 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$dir/secret/key.pem"
        jq -n --rawfile pem "$dir/secret/key.pem" --arg email "$email" '{type: "service_account", project_id: "hexagone-outils", private_key: $pem, client_email: $email,
                private_key_id: "0123456789abcdef0123456789abcdef01234567", token_uri: "https://oauth2.googleapis.com/token"}' >"$1"
        chmod 600 "$1"
}
user() { # FILE REFRESH-TOKEN
        jq -n --arg refresh "$2" '{type: "authorized_user", client_id: "client.apps.googleusercontent.com", client_secret: "SECRETclient", refresh_token: $refresh}' >"$1"
        chmod 600 "$1"
}
key "$dir/secret/good.json"
cp "$dir/secret/key.pem" "$dir/secret/world.pem"
start_cloudsim tests/worlds/gcp-signin --set "gcp.service_accounts.0.key_file=$dir/secret/world.pem"
key "$dir/secret/deleted.json" # of a pair that the world does not know
user "$dir/secret/revoked.json" 1//SECRETrevoked
echo '{"installed": {"client_id": "c", "client_secret": "SECRETclient"}}' >"$dir/secret/client.json"
echo AIzaSECRETkey >"$dir/secret/api-key.json"
: >"$dir/secret/empty.json"
jq '.private_key = "-----BEGIN PRIVATE KEY-----\nSECRETpem\n-----END PRIVATE KEY-----\n"' "$dir/secret/good.json" >"$dir/secret/damaged.json"
secrets=(SECRETclient SECRETrevoked SECRETkey SECRETpem eyJ0. "$(sed -n 5p "$dir/secret/world.pem")" "$(sed -n 5p "$dir/secret/key.pem")")

entries() { # NAME:OPTIONS…: a configuration with these accounts
        echo "accounts:"
        for entry in "$@"; do
                echo "  - {name: ${entry%%:*}, provider: gcp, regions: [europe-west1]${entry#*:}, network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}"
        done
        echo "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}"
}
file() { echo "$1:, credentials_file: '$dir/secret/$1.json'"; }
told() { # ACCOUNT TEXT…: standard error says all this about the account
        local line account=$1
        shift
        line=$(grep -F "gcp / $account" "$dir/err") || { cat "$dir/err" >&2; fail "nothing is said about $account"; }
        for text in "$@"; do
                grep -qF -- "$text" <<<"$line" || fail "about $account it is not said: $text; but: $line"
        done
        passed=$((passed + 1))
}

# ---- six entries that fail, each in its own way, and one that works ---------------------------------------------------
entries "$(file deleted)" "$(file revoked)" "$(file client)" "$(file api-key)" "$(file empty)" "$(file damaged)" "$(file good)" >"$dir/vigie.yaml"
code=0
"$VIGIE" scan --verbose --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json" >"$dir/out" 2>"$dir/err" || code=$?
ok "incomplete, or findings" test $code -ge 3
ok "the account that works is scanned" query "$dir/scan.json" '[.resources[] | select(.kind == "gcp.essai_vertex.endpoint" and .account == "good")] | length == 2'
ok "nothing is found of the others" query "$dir/scan.json" '[.resources[] | select(.account != "good")] | length == 0'
ok "the scan is not complete" query "$dir/scan.json" '.scan.complete == false'
told deleted "$dir/secret/deleted.json" "$email is refused" "the key was deleted or disabled" "create a new one"
told revoked "$dir/secret/revoked.json" "run 'gcloud auth application-default login' again"
told client "$dir/secret/client.json" "that is an OAuth client (installed)"
told api-key "$dir/secret/api-key.json" "that is an API key"
told empty "$dir/secret/empty.json" "is empty"
told damaged "$dir/secret/damaged.json" "private_key is not readable as a PEM private key"
code=0
"$VIGIE" check --config "$dir/vigie.yaml" >"$dir/check" 2>&1 || code=$?
ok "check says that something does not work" test $code -eq 4
for text in "that is an API key" "the key was deleted or disabled" "credentials_file, $dir/secret/good.json"; do
        ok "check says: $text" sh -c 'tr -s " \n" "  " <"$1" | grep -qF -- "$2"' sh "$dir/check" "$text"
done
no_secrets "${secrets[@]}"

# ---- a refused key is shown once, a token endpoint that is down is asked for a while -------------------------------------
rm -rf "$dir/state"
entries "$(file deleted)" >"$dir/vigie.yaml"
control POST reset '' >/dev/null
code=0
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --fail-on critical >"$dir/out" 2>"$dir/err" || code=$?
ok "no findings, incomplete coverage: 4" test $code -eq 4
ok "a refused key is shown once" test "$(control GET log | jq '[.[] | select(.service == "oauth2")] | length')" = 1
rm -rf "$dir/state"
entries "$(file good)" >"$dir/vigie.yaml"
control POST reset '' >/dev/null
control POST faults '{"match": {"service": "oauth2"}, "do": {"status": 503}}' >/dev/null
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --fail-on critical >"$dir/out" 2>"$dir/err" || true
told good "the token endpoint oauth2.googleapis.com does not answer: HTTP status 503"
control POST reset '' >/dev/null

# ---- what Google's own tools would use, without configuration of credentials ---------------------------------------------
rm -rf "$dir/state"
entries "ici:" >"$dir/vigie.yaml"
GOOGLE_APPLICATION_CREDENTIALS=$dir/secret/good.json "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json" \
        >"$dir/out" 2>"$dir/err" || true
ok "the variable's file is used" query "$dir/scan.json" '[.resources[] | select(.kind == "gcp.essai_vertex.endpoint")] | length == 2'
rm -rf "$dir/state"
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" >"$dir/out" 2>"$dir/err" || true
told ici "no Google credentials" "GOOGLE_APPLICATION_CREDENTIALS (not set)" "gcloud auth application-default login"
no_secrets "${secrets[@]}"
finish
