# Signing in to AWS: each source of credentials with the real program, what is wrong with it told in one message (account, what, where, what to do)
# while the other accounts are scanned, and what goes wrong in mid-scan recovered. No secret is ever written.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/signin
mkdir -p "$dir/secret/sso"
base_one='signin/world/secret/base/one+00000000000'
base_two='signin/world/secret/base/two+00000000000'
secrets=("$base_one" "$base_two" jeton-de-la-chaine jeton-du-conteneur sso-acces-secret sso-relance-secret sso-client-secret)
export HOME=$dir/home AWS_SHARED_CREDENTIALS_FILE=$dir/secret/credentials AWS_CONFIG_FILE=$dir/secret/config SCW_CONFIG_PATH=/nonexistent
export AWS_EC2_METADATA_SERVICE_ENDPOINT=$http/
mkdir -p "$HOME/.aws/sso"
ln -s "$dir/secret/sso" "$HOME/.aws/sso/cache"
unset AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_EC2_METADATA_DISABLED \
        AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN AWS_CONTAINER_CREDENTIALS_FULL_URI SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true

keys() { # NUMBER SECRET: the base account's keys
        printf '[sain]\naws_access_key_id = AKIASIGNINBASE00000%s\naws_secret_access_key = %s\n' "$1" "$2" >"$AWS_SHARED_CREDENTIALS_FILE.new"
        chmod 600 "$AWS_SHARED_CREDENTIALS_FILE.new"
        mv "$AWS_SHARED_CREDENTIALS_FILE.new" "$AWS_SHARED_CREDENTIALS_FILE"
}
cat >"$AWS_CONFIG_FILE" <<INI
[profile sain]
region = eu-west-3
[profile boucle]
role_arn = arn:aws:iam::500000000002:role/vigie-read
source_profile = retour
[profile retour]
role_arn = arn:aws:iam::500000000002:role/vigie-read
source_profile = boucle
[profile role]
role_arn = arn:aws:iam::500000000002:role/vigie-read
source_profile = sain
external_id = accord-2026
[profile ferme]
role_arn = arn:aws:iam::500000000002:role/ferme
source_profile = sain
[profile etranger]
role_arn = arn:aws:iam::500000000002:role/vigie-read
source_profile = sain
external_id = un-autre-accord
[profile personne]
sso_session = maison
sso_account_id = 500000000004
sso_role_name = lecture
region = eu-west-3
[sso-session maison]
sso_region = eu-west-1
sso_start_url = https://maison.awsapps.com/start
[profile chaine]
role_arn = arn:aws:iam::500000000003:role/ci
web_identity_token_file = $dir/secret/jeton
region = eu-west-3
[profile machine]
role_arn = arn:aws:iam::500000000002:role/vigie-read
credential_source = Ec2InstanceMetadata
INI
chmod 600 "$AWS_CONFIG_FILE"
keys 1 "$base_one"
sso_cache() { # ACCESS EXPIRES: as `aws sso login` leaves it
        local file
        file=$dir/secret/sso/$(printf maison | sha1sum | cut -d' ' -f1).json
        printf '{"accessToken": "%s", "expiresAt": "%s"}\n' "$1" "$2" >"$file"
        chmod 600 "$file"
}
sso_cache sso-acces-secret-0001 2026-01-01T00:00:00Z

entries() { # NAME:PROFILE…: a configuration with these accounts
        echo "accounts:"
        for entry in "$@"; do
                echo "  - {name: ${entry%%:*}, provider: aws${entry#*:}, network: {connect_to: '127.0.0.1:$port', ca_file: '$ca'}}"
        done
        echo "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}"
}
config() { entries "$@" >"$dir/vigie.yaml"; }
state=$dir/state
scan() { # EXPECTED [OPTION…]: one scan, its exit status
        local expected=$1
        shift
        control POST reset '' >/dev/null
        status "$expected" "$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json" "$@"
}
told() { # ACCOUNT TEXT…: one line on standard error about the account says all this
        local line account=$1
        shift
        line=$(grep -F "aws / $account" "$dir/err") || { cat "$dir/err" >&2; fail "nothing is said about $account"; }
        for text in "$@"; do
                grep -qF -- "$text" <<<"$line" || fail "about $account it is not said: $text; but: $line"
        done
        passed=$((passed + 1))
}
has() { # SCOPE: its endpoint was found, in a region that was read
        query "$dir/scan.json" "[.resources[] | select(.kind == \"aws.sagemaker.endpoint\" and .scope == \"$1\" and (.stale | not))] | length == 1"
}
unread() { # ACCOUNT STATE: the account's line of coverage
        query "$dir/scan.json" "[.coverage[] | select(.account == \"$1\" and .state == \"$2\" and .cause != null)] | length > 0"
}
complete() { query "$dir/scan.json" '.scan.complete == true'; }
incomplete() { query "$dir/scan.json" '.scan.complete == false'; }

# ---- five entries that fail, each in its own way, and one that works --------------------------------------------------
config "boucle:, profile: boucle" "ferme:, profile: ferme" "etranger:, profile: etranger" "personne:, profile: personne" "machine:, profile: machine" "sain:, profile: sain"
control POST faults '{"match": {"service": "imds"}, "do": {"latency_ms": 30000}}' >/dev/null
code=0
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json" >"$dir/out" 2>"$dir/err" || code=$?
ok "incomplete, or findings" test $code -ge 3
ok "the account that works is scanned" has 500000000001
ok "nothing is found of the others" query "$dir/scan.json" '[.resources[] | select(.scope != "500000000001")] | length == 0'
ok "the scan is not complete" incomplete
told boucle "profile retour" "leads back to itself" "$AWS_CONFIG_FILE"
told ferme "profile ferme" "$AWS_CONFIG_FILE" "role arn:aws:iam::500000000002:role/ferme cannot be assumed: AccessDenied" "trust policy"
told etranger "profile etranger" "role arn:aws:iam::500000000002:role/vigie-read cannot be assumed" "external id"
told personne "profile personne" "the SSO sign-in ended at 2026-01-01T00:00:00" "run 'aws sso login --profile personne'"
told machine "profile machine" "instance metadata" "$http"
ok "the loop has its line of coverage" unread boucle failed
ok "a role that may not be assumed is denied" unread ferme denied
ok "so is one with another external id" unread etranger denied
ok "an SSO sign-in that ended is expired" unread personne expired
ok "metadata that hang are told" query "$dir/scan.json" '[.coverage[] | select(.account == "machine")] | length > 0'
control DELETE faults >/dev/null
code=0
"$VIGIE" check --config "$dir/vigie.yaml" >"$dir/check" 2>&1 || code=$?
ok "check says that something does not work" test $code -eq 4
for text in "leads back to itself" "role/ferme cannot be assumed" "aws sso login --profile personne"; do
        ok "check says: $text" sh -c 'tr -s " \n" "  " <"$1" | grep -qF -- "$2"' sh "$dir/check" "$text"
done
no_secrets "${secrets[@]}"

# nothing but what fails: exit status 4, or 3 where that is a finding of severity high
rm -rf "$state"
config "ferme:, profile: ferme"
control POST reset '' >/dev/null
code=0
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --fail-on critical --format json --output "$dir/scan.json" >"$dir/out" 2>"$dir/err" || code=$?
ok "no findings, incomplete coverage: 4" test $code -eq 4
ok "a refused role is asked for once" test "$(control GET log | jq '[.[] | select(.operation == "AssumeRole")] | length')" = 1

# ---- a role, and how long it lasts --------------------------------------------------------------------------------------
rm -rf "$state"
config "role:, profile: role"
scan 3
ok "the role's account is scanned" has 500000000002
ok "all of it" complete
ok "check says until when" "$VIGIE" check --config "$dir/vigie.yaml" >"$dir/check"
until=$(date -d "$(grep -o '20[0-9-]*T[0-9:]*Z' "$dir/check")" +%s)
ok "for an hour" test $((until - $(date +%s))) -gt 3400 -a $((until - $(date +%s))) -le 3600

# ---- a token that expires in mid-scan: another one, once ------------------------------------------------------------------
rm -rf "$state"
control POST reset '' >/dev/null
control POST faults '{"match": {"account": "500000000002", "operation": "ListEndpoints", "times": 1}, "do": {"expire_token": true}}' >/dev/null
status 3 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json"
ok "it was refused" test "$(control GET log | jq '[.[] | select(.account == "500000000002" and .status >= 400)] | length')" -ge 1
ok "the role was assumed once more" test "$(control GET log | jq '[.[] | select(.operation == "AssumeRole")] | length')" = 2
ok "nothing is missing" has 500000000002
ok "the scan is complete" complete
control DELETE faults >/dev/null

# ---- a clock that is ten minutes off: the provider's is believed ------------------------------------------------------------
for seconds in 600 -600; do
        rm -rf "$state"
        config "role:, profile: role" "sain:, profile: sain"
        control POST reset '' >/dev/null
        control POST faults "{\"match\": {\"provider\": \"aws\"}, \"do\": {\"clock_skew_seconds\": $seconds}}" >/dev/null
        status 3 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json"
        ok "the scan is complete with a clock $seconds s off" complete
        ok "the role's account is there" has 500000000002
        ok "and that of the keys" has 500000000001
        ok "few calls were refused for it" test "$(control GET log | jq '[.[] | select(.status >= 400)] | length')" -le 30
done
control DELETE faults >/dev/null

# ---- SSO, a container, instance metadata -----------------------------------------------------------------------------------
rm -rf "$state"
sso_cache sso-acces-secret-0001 2099-01-01T00:00:00Z
config "personne:, profile: personne"
scan 3
ok "SSO signs in" has 500000000004
ok "completely" complete

rm -rf "$state"
config "conteneur:"
printf 'jeton-du-conteneur-un\n' >"$dir/secret/conteneur"
container() { env AWS_CONTAINER_CREDENTIALS_FULL_URI="$http/creds" AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="$dir/secret/conteneur" "$@"; }
code=0
container "$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json" >"$dir/out" 2>"$dir/err" || code=$?
ok "a container's token that is refused: incomplete" test $code -eq 4 -o $code -eq 3
told conteneur "$http/creds" "HTTP status 401" "authorization token"
printf 'jeton-du-conteneur-deux\n' >"$dir/secret/conteneur"
status 3 container "$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json"
ok "the token of the file is read again" has 500000000004

rm -rf "$state"
config "instance:"
scan 3
ok "instance metadata sign in" has 500000000004
ok "completely, with the instance's region" complete

# ---- web identity, with a token that changes in its file -------------------------------------------------------------------------
rm -rf "$state"
config "chaine:, profile: chaine"
printf 'jeton-de-la-chaine-un\n' >"$dir/secret/jeton"
code=0
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$state" --format json --output "$dir/scan.json" >"$dir/out" 2>"$dir/err" || code=$?
ok "a token that is not accepted: incomplete" test $code -eq 4 -o $code -eq 3
told chaine "profile chaine" "role arn:aws:iam::500000000003:role/ci" "InvalidIdentityToken"
printf 'jeton-de-la-chaine-deux\n' >"$dir/secret/jeton"
scan 3
ok "the token of the file is read again" has 500000000003
no_secrets "${secrets[@]}"

# ---- the daemon: keys that are changed on disk, a token that is replaced ------------------------------------------------------------
rm -rf "$state"
config "sain:, profile: sain" "chaine:, profile: chaine"
printf 'interval: 1s\n' >>"$dir/vigie.yaml"
printf 'jeton-de-la-chaine-un\n' >"$dir/secret/jeton"
control POST reset '' >/dev/null
"$VIGIE" daemon --config "$dir/vigie.yaml" --state "$state" >"$dir/daemon.out" 2>"$dir/daemon.err" &
daemon=$!
pids+=($daemon)
state_of() { sqlite3 "$state/vigie.db" "select p.state from pass p join place o on p.place = o.place where o.account = '$1' and p.collector = '$2' limit 1" 2>/dev/null || true; }
until_state() { # ACCOUNT COLLECTOR STATE WHAT
        local n=0
        until [ "$(state_of "$1" "$2")" = "$3" ]; do
                n=$((n + 1))
                [ $n -lt 300 ] || { tail -5 "$dir/daemon.err" >&2; fail "never: $4 ($1 $2 is '$(state_of "$1" "$2")')"; }
                sleep 0.1
        done
        passed=$((passed + 1))
}
until_state sain aws.sagemaker.endpoint 0 "the keys are good"
until_state chaine sign-in 4 "the first token is refused"
printf 'jeton-de-la-chaine-deux\n' >"$dir/secret/jeton"
until_state chaine aws.sagemaker.endpoint 0 "the token of the file serves"
until_state chaine sign-in 0 "the sign-in is good again"
control POST faults '{"match": {"account": "500000000001", "times": 1}, "do": {"expire_token": true}}' >/dev/null
until_state sain sign-in 4 "the keys are dead"
keys 2 "$base_two"
until_state sain sign-in 0 "the keys of the file serve"
until_state sain aws.sagemaker.endpoint 0 "everything is read with them"
ok "the daemon goes on" kill -0 $daemon
kill -TERM $daemon
code=0
wait $daemon || code=$?
ok "ends in order" test $code -eq 0
journalctl -q --no-pager -o json _PID=$daemon >"$dir/journal" 2>/dev/null || true
"$VIGIE" findings --state "$state" --format json >"$dir/findings" 2>&1 || true
"$VIGIE" status --state "$state" >"$dir/status" 2>&1 || true
no_secrets "${secrets[@]}"
finish
