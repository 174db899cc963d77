# Signing in to Azure with the real program: what is wrong is told in one message (account, what, where, what to do) while the other accounts are
# scanned. No secret is ever written, nor given to a command.
. tests/e2e/lib.sh
tenant=aaaa0000-0000-4000-8000-000000000001
client=bbbb0000-0000-4000-8000-000000000001
secret='Zq8~not.a_real-secret/of+the=bench'
mkdir -p "$dir/secret" "$dir/home"
cp -r tests/fixtures/azure-bench/catalogue "$dir/catalogue" # beside the configuration
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=vigie -keyout "$dir/secret/key" -out "$dir/secret/certificate" 2>/dev/null
cat "$dir/secret/certificate" "$dir/secret/key" >"$dir/secret/both"
printf %s "$secret" >"$dir/secret/secret"
printf %s 'Zq8~old.not.a_real-secret' >"$dir/secret/old"
printf %s 'wrong~not.a_real-secret' >"$dir/secret/wrong"
start_cloudsim tests/worlds/azure-signin --set "azure.tenants.$tenant.applications.0.certificates=[\"$dir/secret/certificate\"]"
export HOME=$dir/home SCW_CONFIG_PATH=/nonexistent AWS_EC2_METADATA_DISABLED=true
for name in $(env | sed -n 's/^\(\(AZURE\|ARM\|AWS\|SCW\|MSI\|IDENTITY\)_[A-Z_]*\)=.*/\1/p'); do
        [ "$name" = AWS_EC2_METADATA_DISABLED ] || unset "$name"
done

network() { echo ", network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}"; }
entries() { # NAME:OPTIONS…: a configuration with these accounts
        echo "accounts:"
        for entry in "$@"; do
                echo "  - {name: ${entry%%:*}, provider: azure, client_id: $client, ${entry#*:}$(network "${entry%%:*}")}"
        done
        echo "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}"
}
config() { entries "$@" >"$dir/vigie.yaml"; }
scan() { # one scan, in which something cannot be read: findings (3), or coverage alone (4)
        local got=0
        "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json" >"$dir/out" 2>"$dir/err" || got=$?
        cat "$dir/err" >>"$dir/all"
        ok "exit status $got says that not all is well" test "$got" -ge 3
}
told() { # DESCRIPTION ACCOUNT PATTERN: a line names the account and says so
        ok "$1" grep -Eq "$2.*$3" "$dir/err"
}
good="tenant: $tenant, client_certificate: $dir/secret/both"

# ---- each thing that can be wrong, beside one that is right -----------------------------------------------------------
wrong() { # NAME PATTERN OPTIONS
        config "sain:$good" "$1:$3"
        scan
        told "$1: what, where, what to do" "$1" "$2"
        ok "$1: the other account is scanned" query "$dir/scan.json" '[.coverage[] | select(.account == "sain" and .state == "ok")] | length > 0'
        ok "$1: nothing of it looks read" query "$dir/scan.json" "[.coverage[] | select(.account == \"$1\" and .state == \"ok\")] | length == 0"
}
config "sain:$good"
status 0 "$VIGIE" check --config "$dir/vigie.yaml"
ok "check says where the credentials come from" grep -q "client certificate of the account's configuration, application $client" "$dir/out" "$dir/err"
wrong sans-cle "has no private key: the file must hold both" "tenant: $tenant, client_certificate: $dir/secret/certificate"
wrong sans-certificat "has a private key but no certificate" "tenant: $tenant, client_certificate: $dir/secret/key"
wrong nulle-part "the certificate $dir/secret/none cannot be read" "tenant: $tenant, client_certificate: $dir/secret/none"
wrong sans-client "the tenant does not exist \(AADSTS90002.*check tenant" "tenant: inconnu.example, client_secret_file: $dir/secret/secret"
wrong perime "the client secret has expired \(AADSTS7000222.*create a new one" "tenant: $tenant, client_secret_file: $dir/secret/old"
wrong faux "the client secret is wrong \(AADSTS7000215" "tenant: $tenant, client_secret_file: $dir/secret/wrong"
wrong ferme "closed in October 2021" "tenant: $tenant, client_secret_file: $dir/secret/secret, cloud: german"
# nothing listens there: without connect_to, which would send it to the bench
network() { if [ "$1" != muet ]; then echo ", network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}"; fi; }
wrong muet "the token endpoint 127.0.0.1:9 does not answer" "tenant: $tenant, client_secret_file: $dir/secret/secret, authority: 'https://127.0.0.1:9', cloud: public"

# ---- what its own tools would use ---------------------------------------------------------------------------------------
config "cli:tenant: $tenant"
mkdir -p "$HOME/.azure"
printf '{"subscriptions": [{"id": "s", "isDefault": true, "tenantId": "%s", "user": {"name": "marie", "type": "user"}}]}' $tenant >"$HOME/.azure/azureProfile.json"
scan
told "tokens that only the CLI can read: what to do" cli "keeps its tokens encrypted.*core.encrypt_token_cache=false"
sed -i "s/client_id: $client, //" "$dir/vigie.yaml"
printf '{"RefreshToken": {"r": {"home_account_id": "h", "client_id": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "secret": "refresh-of-the-bench"}}}' >"$HOME/.azure/msal_token_cache.json"
status 0 "$VIGIE" check --config "$dir/vigie.yaml"
ok "the CLI's login is used" grep -q "the Azure CLI's login of marie" "$dir/out" "$dir/err"

# ---- nothing that was written has a secret ------------------------------------------------------------------------------
for text in "$secret" 'not.a_real-secret' refresh-of-the-bench eyJ0 "$(sed -n 2p "$dir/secret/key")"; do
        ok "no secret in state, reports or messages: $text" sh -c "! grep -rFq -- '$text' '$dir/state' '$dir/scan.json' '$dir/all' '$dir/out' '$dir/cloudsim.log'"
done
echo "test_azure_signin.sh: $passed passed, 0 failed"
