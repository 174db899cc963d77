# Time stamps: an authority made with openssl stamps a snapshot, over http and https, vigie and openssl check it; whatever the authority does wrong, the snapshot
# is written without. What is over its time keeps its stamp.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY CREDENTIALS_DIRECTORY INVOCATION_ID 2>/dev/null || true

# a small catalogue: forty snapshots keep it each, and test_snapshot.sh looks at the whole one
mkdir -p "$dir/data/catalogue/aws"
cp -r config/{jurisdictions,law,regions,rules} "$dir/data"
cp config/catalogue/facts.yaml "$dir/data/catalogue"
cp config/catalogue/aws/{account,bedrock,sagemaker}.yaml "$dir/data/catalogue/aws"
export VIGIE_DATADIR=$dir/data

# ---- an authority ---------------------------------------------------------------------------------------
tsa=$dir/tsa
mkdir -p "$tsa/new"
cat >"$tsa/tsa.cnf" <<CNF
[tsa]
serial = $tsa/serial
digests = sha256
default_policy = 1.2.3.4.1
signer_digest = sha256
ess_cert_id_alg = sha256
[refusing]
serial = $tsa/serial
digests = sha512
default_policy = 1.2.3.4.1
signer_digest = sha256
ess_cert_id_alg = sha256
[ca]
database = $tsa/index
new_certs_dir = $tsa/new
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = stamping
[any]
commonName = supplied
[stamping]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
[req]
distinguished_name = dn
[dn]
CNF
echo 01 >"$tsa/serial"
: >"$tsa/index"
curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256) # made in no time
authority() { # CA NAME START END [KEY OPTION…]: a root, and what it lets stamp
        local key=("${@:5}")
        [ -n "${key[*]}" ] || key=("${curve[@]}")
        [ -e "$tsa/$1.pem" ] || openssl req -x509 -config "$tsa/tsa.cnf" "${curve[@]}" -nodes -days 3650 -subj "/CN=Test root $1" -addext basicConstraints=critical,CA:TRUE -keyout "$tsa/$1.key" -out "$tsa/$1.pem" 2>/dev/null
        openssl req -config "$tsa/tsa.cnf" "${key[@]}" -nodes -subj "/CN=Test authority $2" -keyout "$tsa/$2.key" -out "$tsa/$2.csr" 2>/dev/null
        openssl ca -batch -notext -config "$tsa/tsa.cnf" -name ca -keyfile "$tsa/$1.key" -cert "$tsa/$1.pem" -startdate "$3" -enddate "$4" -in "$tsa/$2.csr" -out "$tsa/$2.pem" 2>/dev/null
}
authority ca tsa 20200101000000Z 20451231000000Z -newkey rsa:2048 # as authorities elsewhere have
authority ca expired 20200101000000Z 20210101000000Z
authority other stranger 20200101000000Z 20451231000000Z
# what its servers show: of a root that stamps nothing, for its name and for another one, and one that is over; and one of the root of the stamps
cat >"$tsa/web.cnf" <<'CNF'
[server]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = $ENV::NAME
CNF
server() { # CA FILE NAME END
        [ -e "$tsa/$1.pem" ] || openssl req -x509 -config "$tsa/tsa.cnf" "${curve[@]}" -nodes -days 3650 -subj "/CN=Test root $1" -addext basicConstraints=critical,CA:TRUE -keyout "$tsa/$1.key" -out "$tsa/$1.pem" 2>/dev/null
        openssl req -config "$tsa/tsa.cnf" "${curve[@]}" -nodes -subj "/CN=$2" -keyout "$tsa/$2.key" -out "$tsa/$2.csr" 2>/dev/null
        NAME=DNS:$3 openssl ca -batch -notext -config "$tsa/tsa.cnf" -name ca -extfile "$tsa/web.cnf" -extensions server -keyfile "$tsa/$1.key" -cert "$tsa/$1.pem" \
                -startdate 20200101000000Z -enddate "$4" -in "$tsa/$2.csr" -out "$tsa/$2.crt" 2>/dev/null
        cat "$tsa/$2.crt" "$tsa/$2.key" >"$tsa/$2.pem"
}
server web served tsa.example 20451231000000Z
server web misnamed elsewhere.example 20451231000000Z
server web over tsa.example 20210101000000Z
server ca stamped tsa.example 20451231000000Z
echo good >"$tsa/mode"
python3 tests/e2e/authority.py "$tsa" "$tsa/served.pem" "$tsa/misnamed.pem" "$tsa/over.pem" "$tsa/stamped.pem" 2>"$dir/authority.err" &
pids+=($!)
until_true "the authority listens" test -s "$tsa/port"

config() { # TIMESTAMP
        cat >"$dir/vigie.yaml" <<YAML
accounts:
  - {name: essai, provider: aws, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}
snapshots: {timestamp: {$1}}
YAML
}
vigie() { "$VIGIE" "$1" --config "$dir/vigie.yaml" --state "$dir/state" "${@:2}"; }
# by name, as an authority elsewhere: plain http is as good, what it says is signed
stamped="url: \"http://tsa.example/stamp?customer=essai-key-0123\", ca_file: \"$tsa/ca.pem\", network: {connect_to: \"127.0.0.1:$(cat "$tsa/port")\"}"

# ---- what is refused before anything is asked ----------------------------------------------------------------
for bad in "url: \"ftp://tsa.example\", ca_file: \"$tsa/ca.pem\"" "url: \"https://u:essai-password@tsa.example/\", ca_file: \"$tsa/ca.pem\"" 'url: "https://tsa.example"' \
        "ca_file: \"$tsa/ca.pem\"" 'url: "https://tsa.example", ca_file: /nowhere.pem' "url: \"https://tsa.example\", ca_file: \"$tsa/ca.pem\", retries: 3"; do
        config "$bad"
        status 2 vigie snapshot
        ok "the place is named" grep -q 'vigie.yaml:4:' "$dir/err"
        ok "a password is not" sh -c "! grep -q essai-password '$dir/err'"
done

config "$stamped"
vigie scan --quiet >/dev/null 2>&1 || true

# ---- one -----------------------------------------------------------------------------------------------
status 0 vigie snapshot --date 2026-11-01T03:00:00Z
first=$dir/state/snapshots/2026-11-01T030000Z
ok "the stamp is kept" test -s "$first/manifest.tsr"
ok "it was asked as RFC 3161 has it" grep -qE '^/stamp\?customer=essai-key-0123 application/timestamp-query [0-9]+$' "$tsa/requests"
ok "with SHA-256, a nonce, and the wish for certificates" sh -c "openssl ts -query -in '$tsa/query.tsq' -text 2>/dev/null | tr '\n' ' ' | grep -q 'Hash Algorithm: sha256.*Nonce: 0x[0-9A-F]*.*Certificate required: yes'"
ok "openssl agrees" openssl ts -verify -data "$first/manifest.json" -in "$first/manifest.tsr" -CAfile "$tsa/ca.pem"
status 0 vigie verify --timestamp-ca "$tsa/ca.pem" "$first"
ok "who stamped it" grep -qx '1 with a time stamp by CN=Test authority tsa' "$dir/out"
status 0 vigie verify "$first"
ok "that nobody vouches for it is said" grep -q 'who that is was not checked' "$dir/out"
status 3 vigie verify --timestamp-ca "$tsa/other.pem" "$first"
ok "another root does not" grep -q 'manifest.tsr: no time stamp of this manifest: its authority is not believed' "$dir/out"
status 2 vigie verify --timestamp-ca "$dir/nowhere.pem" "$first"
ok "certificates that are not there" grep -q 'nowhere.pem: no certificates in PEM' "$dir/err"
printf 'no certificate\n' >"$dir/none.pem"
status 2 vigie verify --timestamp-ca "$dir/none.pem" "$first"
ok "or are none" grep -q 'none.pem: no certificates in PEM' "$dir/err"
status 0 env LC_ALL=C.UTF-8 LANGUAGE=fr TEXTDOMAINDIR="$PWD/$(dirname "$VIGIE")/locale" "$VIGIE" verify --timestamp-ca "$tsa/ca.pem" "$first"

# ---- a chain ---------------------------------------------------------------------------------------------
for day in 02 03; do status 0 vigie snapshot --date "2026-11-${day}T03:00:00Z"; done
second=2026-11-02T030000Z
chain=$dir/state/snapshots
named() { # DESCRIPTION TEXT COMMAND: what was done to a copy is named; it has links where nothing is written to
        local file
        cp -al "$chain" "$dir/copy"
        for file in "$chain"/*/manifest.tsr; do
                cp --remove-destination "$file" "$dir/copy${file#"$chain"}"
        done
        (cd "$dir/copy" && eval "$3")
        status 3 vigie verify --timestamp-ca "$tsa/ca.pem" "$dir/copy"
        grep -qF "$2" "$dir/out" || { cat "$dir/out" >&2; fail "$1: not named '$2'"; }
        passed=$((passed + 1))
        rm -rf "$dir/copy"
}
status 0 vigie verify --timestamp-ca "$tsa/ca.pem" "$dir/state/snapshots"
ok "three" grep -q '^3 with a time stamp' "$dir/out"
named "a stamp that is missing" "2026-11-03T030000Z: the time stamp of $second is missing" "rm $second/manifest.tsr"
named "one of another snapshot" "$second/manifest.tsr: no time stamp of this manifest: it is of other bytes" "cp 2026-11-01T030000Z/manifest.tsr $second/"
named "one that was altered" "$second/manifest.tsr: no time stamp of this manifest" "printf 'x' | dd of=$second/manifest.tsr bs=1 seek=900 conv=notrunc 2>/dev/null"
named "one that is no file" "$second/manifest.tsr: no time stamp of this manifest" "rm $second/manifest.tsr; ln -s ../2026-11-01T030000Z/manifest.tsr $second/"
restamp() { # of the right bytes, by the right authority, later
        openssl ts -query -data "$1/manifest.json" -sha256 -cert -out "$dir/again.tsq" 2>/dev/null
        openssl ts -reply -config "$tsa/tsa.cnf" -section tsa -queryfile "$dir/again.tsq" -signer "$tsa/tsa.pem" -inkey "$tsa/tsa.key" -out "$1/manifest.tsr" 2>/dev/null
}
named "one that was put in its place" "2026-11-03T030000Z: follows another time stamp of $second than the one that is there" "restamp $second"

# ---- what an authority does wrong ---------------------------------------------------------------------------
on=2026-11-04 minute=10
without() { # DESCRIPTION TEXT
        minute=$((minute + 1))
        status 4 vigie snapshot --date "${on}T00:$minute:00Z"
        grep -qF "without time stamp: time stamp by tsa.example: $2" "$dir/err" || { cat "$dir/err" >&2; fail "$1: not said '$2'"; }
        ok "$1: written" test -s "$dir/state/snapshots/${on}T00${minute}00Z/manifest.sig" -a ! -e "$dir/state/snapshots/${on}T00${minute}00Z/manifest.tsr"
        ok "$1: the customer's key is not told" sh -c "! grep -q essai-key '$dir/err' '$dir/out'"
}
while read -r mode text; do
        echo "$mode" >"$tsa/mode"
        without "$mode" "$text"
done <<'MODES'
imprint it is of other bytes than these
nonce it answers another question (nonce)
no-nonce it answers no question (nonce)
untrusted its authority is not believed
expired its authority is not believed: Verify error:certificate has expired
refusal the authority refuses (status 2): it does not take SHA-256
altered 
longer no time stamp (RFC 3161) at all
short no time stamp (RFC 3161) at all
empty no time stamp (RFC 3161) at all
garbage no time stamp (RFC 3161) at all
html no time stamp (RFC 3161) at all
large the reply is too large for a time stamp
404 HTTP 404
503 HTTP 503
302 HTTP 302: redirects are not followed
MODES
echo good >"$tsa/mode"
sed -i 's/connect_to: "127.0.0.1:[0-9]*"}}}/connect_to: "127.0.0.1:1"}}}/' "$dir/vigie.yaml"
without "nobody listens" ""
config "$stamped"
status 4 vigie snapshot --date 2040-01-01T00:00:00Z --folder "$dir/later"
ok "one of the clocks is wrong" grep -q 'before the snapshot.s own time' "$dir/err"
status 0 vigie verify --timestamp-ca "$tsa/ca.pem" "$dir/state/snapshots"
ok "those without are part of the chain" grep -qE '^20 snapshots|^3 with a time stamp' "$dir/out"
status 0 vigie snapshot --date 2026-11-05T03:00:00Z
status 0 vigie verify --timestamp-ca "$tsa/ca.pem" "$dir/state/snapshots"
ok "the next one has a stamp again" grep -q '^4 with a time stamp' "$dir/out"
# as a service it is told
echo slow >"$tsa/mode"
sed -i 's/^limits: {/&request_timeout: 1s, /' "$dir/vigie.yaml"
status 4 env INVOCATION_ID=0123456789abcdef0123456789abcdef "$VIGIE" snapshot --config "$dir/vigie.yaml" --state "$dir/state" --folder "$dir/slow"
ok "too slow: said" grep -q 'time stamp by tsa.example: .*timed out' "$dir/err"
ok "and told, to the journal or where there is none" sh -c "grep -q 'Snapshot without time stamp' '$dir/err' || journalctl -q --no-pager MESSAGE_ID=5b1e0d4a97c2463f8a6fd3c07e92b4d1 | grep -q 'time stamp by tsa.example'"
echo good >"$tsa/mode"

# ---- over https, with a root of its own --------------------------------------------------------------------
https() { # CERTIFICATE [CA]: the authority behind that certificate, its servers believed by CA
        local web=${2:+, ca_file: \"$tsa/$2.pem\"}
        config "url: \"https://tsa.example/stamp?customer=essai-key-0123\", ca_file: \"$tsa/ca.pem\", network: {connect_to: \"127.0.0.1:$(cat "$tsa/port-$1")\"$web}"
}
until_true "its servers listen" test -s "$tsa/port-stamped"
asked() { wc -l <"$tsa/requests"; }
https served web
status 0 vigie snapshot --date 2026-11-06T03:00:00Z
secure=$dir/state/snapshots/2026-11-06T030000Z
ok "https: the stamp is kept" openssl ts -verify -data "$secure/manifest.json" -in "$secure/manifest.tsr" -CAfile "$tsa/ca.pem"
asked=$(asked)
on=2026-11-07
while read -r certificate authority text; do
        # shellcheck disable=SC2086 # none is no argument
        https $certificate ${authority#-}
        without "https, $certificate believed by ${authority/-/nobody}" "$text"
done <<'SERVERS'
served - SSL certificate problem: unable to get local issuer certificate
served ca SSL certificate problem: unable to get local issuer certificate
stamped - SSL certificate problem: unable to get local issuer certificate
misnamed web SSL: no alternative certificate subject name matches target host name 'tsa.example'
over web SSL certificate problem: certificate has expired
SERVERS
ok "none of these was asked anything" test "$(asked)" = "$asked"

# ---- over their time -----------------------------------------------------------------------------------------
mkdir "$dir/kept"
cp -al "$dir/state/snapshots"/2026-11-0[123]T030000Z "$dir/kept"
chain=$dir/kept
config "$stamped"
sed -i 's/^snapshots: {/&keep: 36h, /' "$dir/vigie.yaml"
status 0 vigie snapshot --date 2026-11-04T03:00:00Z --folder "$chain"
ok "two are over their time" grep -q '^vigie: the files of 2 older' "$dir/err"
ok "their files are gone, their stamps are not" test ! -e "$chain/$second/inventory.json" -a -s "$chain/$second/pruned.sig" -a -s "$chain/$second/manifest.tsr"
ok "which openssl still checks" openssl ts -verify -data "$chain/$second/manifest.json" -in "$chain/$second/manifest.tsr" -CAfile "$tsa/ca.pem"
status 0 vigie verify --timestamp-ca "$tsa/ca.pem" "$chain"
ok "the chain holds, and what was removed is said" grep -q '^4 snapshots, 2 of them without their files by their time' "$dir/out"
ok "with the stamps of both" grep -qx '4 with a time stamp by CN=Test authority tsa' "$dir/out"
status 0 vigie verify --timestamp-ca "$tsa/ca.pem" "$chain/$second"
ok "one of them alone too" grep -q '^1 snapshots, 1 of them without their files' "$dir/out"
status 3 vigie verify --timestamp-ca "$tsa/other.pem" "$chain"
ok "another root believes none of them" test "$(grep -c 'manifest.tsr: no time stamp of this manifest: its authority is not believed' "$dir/out")" -eq 4
named "a stamp that went with the files" "2026-11-03T030000Z: the time stamp of $second is missing" "rm $second/manifest.tsr"
named "one that was put in its place" "2026-11-03T030000Z: follows another time stamp of $second than the one that is there" "restamp $second"
named "one of another snapshot" "$second/manifest.tsr: no time stamp of this manifest: it is of other bytes" "cp 2026-11-01T030000Z/manifest.tsr $second/"
named "one of what stays" "2026-11-03T030000Z/manifest.tsr: no time stamp of this manifest" "printf 'x' | dd of=2026-11-03T030000Z/manifest.tsr bs=1 seek=900 conv=notrunc 2>/dev/null"
named "a place that went with the files" "2026-11-03T030000Z: follows $second, and not 2026-11-01T030000Z" "rm -r $second"
named "a file that came back, altered" "$second/findings.csv: altered" "printf 'x' >$second/findings.csv"
status 0 vigie snapshot --date 2026-11-04T04:00:00Z --folder "$chain"
ok "nothing is removed twice" sh -c "! grep -q 'older snapshots' '$dir/err'"
# a manifest is no way to have files removed elsewhere
sed -i '0,/"name": "SHA256SUMS"/s//"name": "..\/..\/victim"/' "$chain/2026-11-03T030000Z/manifest.json"
echo here >"$dir/victim"
status 1 vigie snapshot --date 2026-11-12T03:00:00Z --folder "$chain"
ok "it is named" grep -q '2026-11-03T030000Z/manifest.json names a file in no way a snapshot does' "$dir/err"
ok "and nothing was removed by it" test -s "$dir/victim" -a -s "$chain/2026-11-03T030000Z/inventory.json" -a ! -e "$chain/2026-11-03T030000Z/pruned.json"
no_secrets 'small/world/secret'
finish
