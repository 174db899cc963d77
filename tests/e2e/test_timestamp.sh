# Time stamps: an authority made with openssl stamps a snapshot, vigie and openssl check it; whatever the authority does wrong, the snapshot is written without.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY CREDENTIALS_DIRECTORY INVOCATION_ID 2>/dev/null || true

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
authority() { # CA NAME START END: a root, and what it lets stamp
        [ -e "$tsa/$1.pem" ] || openssl req -x509 -config "$tsa/tsa.cnf" -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Test root $1" -addext basicConstraints=critical,CA:TRUE -keyout "$tsa/$1.key" -out "$tsa/$1.pem" 2>/dev/null
        openssl req -config "$tsa/tsa.cnf" -newkey rsa:2048 -nodes -subj "/CN=Test authority $2" -keyout "$tsa/$2.key" -out "$tsa/$2.csr" 2>/dev/null
        openssl ca -batch -notext -config "$tsa/tsa.cnf" -name ca -keyfile "$tsa/$1.key" -cert "$tsa/$1.pem" -startdate "$3" -enddate "$4" -in "$tsa/$2.csr" -out "$tsa/$2.pem" 2>/dev/null
}
authority ca tsa 20200101000000Z 20451231000000Z
authority ca expired 20200101000000Z 20210101000000Z
authority other stranger 20200101000000Z 20451231000000Z
echo good >"$tsa/mode"
python3 tests/e2e/authority.py "$tsa" 2>"$dir/authority.err" &
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
named() { # DESCRIPTION TEXT COMMAND: what was done to a copy is named
        cp -r "$dir/state/snapshots" "$dir/copy"
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
# too slow: waited for beside all others
cp -r "$tsa" "$dir/slow-tsa"
echo slow >"$dir/slow-tsa/mode"
rm "$dir/slow-tsa/port"
python3 tests/e2e/authority.py "$dir/slow-tsa" 2>"$dir/slow.err" &
pids+=($!)
until_true "the slow one listens" test -s "$dir/slow-tsa/port"
cp "$dir/vigie.yaml" "$dir/slow.yaml"
sed -i "s/127.0.0.1:$(cat "$tsa/port")/127.0.0.1:$(cat "$dir/slow-tsa/port")/" "$dir/slow.yaml"
"$VIGIE" snapshot --config "$dir/slow.yaml" --state "$dir/state" --folder "$dir/slow" >"$dir/slow.out" 2>&1 &
slow=$!

minute=10
without() { # DESCRIPTION TEXT
        minute=$((minute + 1))
        status 4 vigie snapshot --date "2026-11-04T00:$minute:00Z"
        grep -qF "without time stamp: time stamp by tsa.example: $2" "$dir/err" || { cat "$dir/err" >&2; fail "$1: not said '$2'"; }
        ok "$1: written" test -s "$dir/state/snapshots/2026-11-04T00${minute}00Z/manifest.sig" -a ! -e "$dir/state/snapshots/2026-11-04T00${minute}00Z/manifest.tsr"
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
INVOCATION_ID=0123456789abcdef0123456789abcdef "$VIGIE" snapshot --config "$dir/slow.yaml" --state "$dir/state" --date 2026-11-06T03:00:00Z >/dev/null 2>"$dir/told" &
told=$!
got=0
wait $slow || got=$?
ok "too slow: written without" test $got -eq 4
ok "and said" grep -q 'time stamp by tsa.example: .*timed out' "$dir/slow.out"
got=0
wait $told || got=$?
ok "told: written without" test $got -eq 4
ok "and told, to the journal or where there is none" sh -c "grep -q 'Snapshot without time stamp' '$dir/told' || journalctl -q --no-pager MESSAGE_ID=5b1e0d4a97c2463f8a6fd3c07e92b4d1 | grep -q 'time stamp by tsa.example'"
no_secrets 'small/world/secret'
finish
