# Snapshots: written from the demo's store, checked by vigie and by plain sha256sum and openssl; whatever is done to them is named.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/small
mkdir -p "$dir/etc/law"
small_config "$dir/etc"
vigie() { "$VIGIE" "$1" --config "$dir/etc/vigie.yaml" --state "$dir/state" "${@:2}"; }

status 1 vigie snapshot # nothing was scanned
ok "and says so" grep -q 'nothing was scanned' "$dir/err"
vigie scan --quiet >/dev/null 2>&1 || true
sed 's/^# Dates of application.*/&  # of ours/' config/law/dates.yaml >"$dir/etc/law/dates.yaml"

# ---- one ------------------------------------------------------------------------------------------
status 0 vigie snapshot --date 2026-11-01T03:00:00Z
first=$dir/state/snapshots/2026-11-01T030000Z
ok "its place is told" grep -qxF "$first" "$dir/out"
ok "the inventory is the contract's" python3 -c 'import json, sys, jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$first/inventory.json" config/schema/scan.schema.json
ok "with what was found" query "$first/inventory.json" '(.resources | length) >= 3 and (.findings | length) > 3 and (.coverage | length) > 20'
ok "and how far the programme is" python3 -c 'import json, sys, jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$first/programme.json" config/schema/programme.schema.json
ok "as its page says" grep -q 'steps of the programme done' "$first/report.html"
ok "rules, law and catalogue in force are in it" test -s "$first/in-force/rules/location.yaml" -a -s "$first/in-force/catalogue/aws/sagemaker.yaml"
ok "the operator's own file instead of the installed one" grep -q 'of ours' "$first/in-force/law/dates.yaml"
ok "the manifest names every file" query "$first/manifest.json" '(.files | length) > 50 and .sequence == 1 and .previous == null and .about.scan.complete == true'
ok "the key is its owner's alone" test "$(stat -c %a "$dir/state/snapshot.key")" = 600
ok "only its owner may look" test "$(stat -c %a "$dir/state/snapshots")" = 700
ok "nothing unfinished stays" test ! -e "$dir/state/snapshots/.new."
no_secrets 'small/world/secret' # the signing key is in none of it either
ok "nor is the signing key handed over" sh -c "! grep -rq 'PRIVATE KEY' '$dir/state/snapshots'"

# an auditor without vigie
ok "sha256sum agrees" sh -c "cd '$first' && sha256sum --quiet --strict -c SHA256SUMS"
ok "openssl agrees" openssl pkeyutl -verify -pubin -inkey "$first/public-key.pem" -rawin -in "$first/manifest.json" -sigfile "$first/manifest.sig" -out /dev/null
ok "and the manifest has the digest of the list" test "$(jq -r '.files[] | select(.name == "SHA256SUMS") | .sha256' "$first/manifest.json")" = "$(sha256sum <"$first/SHA256SUMS" | cut -d' ' -f1)"
status 0 vigie verify "$first"

# the same store and date, the same bytes
status 0 vigie snapshot --date 2026-11-01T03:00:00Z --folder "$dir/again"
ok "the same bytes" diff -r "$first" "$dir/again/2026-11-01T030000Z"
status 1 vigie snapshot --date 2026-11-01T03:00:00Z
ok "no second one of that moment" grep -q '2026-11-01T030000Z already' "$dir/err"

# ---- a chain ------------------------------------------------------------------------------------------
for day in 02 03 04; do status 0 vigie snapshot --date "2026-11-${day}T03:00:00Z"; done
status 0 vigie verify "$dir/state/snapshots"
ok "four" grep -q '^4 snapshots' "$dir/out"
second=2026-11-02T030000Z
named() { # DESCRIPTION TEXT: what was done to a copy is named, and the rest is not
        cp -r "$dir/state/snapshots" "$dir/copy"
        (cd "$dir/copy" && eval "$3")
        status 3 vigie verify "$dir/copy"
        grep -qF "$2" "$dir/out" || { cat "$dir/out" >&2; fail "$1: not named '$2'"; }
        passed=$((passed + 1))
        rm -rf "$dir/copy"
}
named "a file that was altered" "$second/inventory.json: altered" "printf ' ' >>$second/inventory.json"
named "one that is missing" "$second/findings.csv: missing" "rm $second/findings.csv"
named "one that was added" "$second/in-force/law/more.yaml: is in no list" "touch $second/in-force/law/more.yaml"
named "a manifest that was altered" "$second/manifest.json: altered" "sed -i 's/\"sequence\": 2/\"sequence\": 7/' $second/manifest.json"
named "a link in place of a file" "$second/inventory.json: unreadable" "mv $second/inventory.json ../elsewhere.json && ln -s ../../elsewhere.json $second/inventory.json"
named "a snapshot that is missing" "2026-11-03T030000Z: follows 2026-11-02T030000Z, and not 2026-11-01T030000Z" "rm -r $second"
named "the first one missing" "2026-11-02T030000Z: the snapshot before it (2026-11-01T030000Z) is missing" "rm -r 2026-11-01T030000Z"
named "two that changed places" "is of the snapshot" "mv $second x; mv 2026-11-03T030000Z $second; mv x 2026-11-03T030000Z"
named "one signed anew by another key" "manifest.json: is of the snapshot" "cp -r 2026-11-03T030000Z/. $second/"
forge() { # signs the second one anew, with a key of the forger's
        openssl genpkey -algorithm ed25519 -out "$dir/forger.pem" 2>/dev/null
        printf ' ' >>"$1/findings.csv"
        (cd "$1" && sed -i "s/^[0-9a-f]*  findings.csv/$(sha256sum <findings.csv | cut -d' ' -f1)  findings.csv/" SHA256SUMS)
        jq -S --indent 1 --arg f "$(sha256sum <"$1/findings.csv" | cut -d' ' -f1)" --arg s "$(sha256sum <"$1/SHA256SUMS" | cut -d' ' -f1)" \
                --arg k "$(openssl pkey -in "$dir/forger.pem" -pubout -outform DER | sha256sum | cut -d' ' -f1)" \
                '(.files[] | select(.name == "findings.csv") | .sha256) = $f | (.files[] | select(.name == "SHA256SUMS") | .sha256) = $s | .key = $k' "$1/manifest.json" >"$dir/forged.json"
        cp "$dir/forged.json" "$1/manifest.json"
        openssl pkey -in "$dir/forger.pem" -pubout -out "$1/public-key.pem"
        openssl pkeyutl -sign -inkey "$dir/forger.pem" -rawin -in "$1/manifest.json" -out "$1/manifest.sig"
}
named "one that was forged breaks the chain" "2026-11-03T030000Z: follows another 2026-11-02T030000Z than the one that is there" "forge $second"
cp -r "$dir/state/snapshots" "$dir/copy"
forge "$dir/copy/2026-11-04T030000Z" # the last: no chain tells
status 0 vigie verify "$dir/copy"
ok "but the keys do" grep -q 'and others' "$dir/out"
status 3 vigie verify --key "$dir/state/snapshots/$second/public-key.pem" "$dir/copy"
ok "and the forged one is named" grep -q '2026-11-04T030000Z/manifest.json: altered, or signed by another key' "$dir/out"
rm -rf "$dir/copy"

# ---- forgetting -----------------------------------------------------------------------------------------
sed -i '1i snapshots: {keep: 20d}' "$dir/etc/vigie.yaml"
status 0 vigie snapshot --date 2026-11-22T12:00:00Z
ok "two are over their time" grep -q '^vigie: the files of 2 older' "$dir/err"
ok "their files are gone" test ! -e "$first/inventory.json" -a ! -e "$first/in-force"
ok "their place in the chain is not" test -s "$first/manifest.json" -a -s "$first/pruned.sig"
status 0 vigie verify "$dir/state/snapshots"
ok "and the chain holds" grep -q '^5 snapshots, 2 of them' "$dir/out"
named "a removal that nobody signed" "2026-11-03T030000Z/inventory.json: missing" "cp $second/pruned.* 2026-11-03T030000Z/; rm 2026-11-03T030000Z/inventory.json"

# files that cannot be removed take nothing from the snapshot that was written
cp -r "$dir/state/snapshots" "$dir/stuck"
printf 'x' >"$dir/stuck/2026-11-03T030000Z/manifest.json"
status 1 vigie snapshot --date 2026-11-24T12:00:00Z --folder "$dir/stuck"
ok "its place is told all the same" grep -qxF "$dir/stuck/2026-11-24T120000Z" "$dir/out"
ok "and is there" test -s "$dir/stuck/2026-11-24T120000Z/manifest.sig"
ok "and what could not be done" grep -q 'over their time were not all removed: .*2026-11-03T030000Z/manifest.json' "$dir/err"
status 1 vigie snapshot --date 2026-11-24T12:00:00Z --folder "$dir/stuck"
ok "one that was not written has no place" test ! -s "$dir/out"

# ---- what can go wrong -------------------------------------------------------------------------------------
status 2 vigie verify "$dir/etc"
ok "a folder that is none" grep -q 'neither a snapshot' "$dir/err"
status 1 vigie verify "$dir/nowhere"
chmod 644 "$dir/state/snapshot.key"
status 1 vigie snapshot --date 2026-11-24T12:00:00Z
ok "a key that others may read" grep -q 'snapshot.key may be read by others' "$dir/err"
chmod 600 "$dir/state/snapshot.key"
openssl genrsa -out "$dir/rsa.pem" 2048 2>/dev/null
sed -i "s|{keep: 20d}|{keep: 20d, key: $dir/rsa.pem}|" "$dir/etc/vigie.yaml"
status 2 vigie snapshot --date 2026-11-24T12:00:00Z
ok "a key of another kind" grep -q 'no Ed25519 private key' "$dir/err"
sed -i "s|, key: [^}]*}|}|" "$dir/etc/vigie.yaml"
cp -r "$dir/state/snapshots" "$dir/broken"
printf 'x' >"$dir/broken/2026-11-22T120000Z/manifest.json"
status 2 vigie snapshot --date 2026-11-24T12:00:00Z --folder "$dir/broken"
ok "a chain that is broken is not continued" grep -q 'not continued from what is broken' "$dir/err"
(
        flock -x 9
        status 1 vigie snapshot --date 2026-11-24T12:00:00Z
        ok "two at a time" grep -q 'another process writes a snapshot' "$dir/err"
) 9>"$dir/state/snapshots/.lock"
# killed at any instant: the old ones stay, the new one is absent or whole
began=$(date +%s%N)
status 0 vigie snapshot --date 2026-11-25T00:00:00Z
took=$((($(date +%s%N) - began) / 1000000)) # ms: the instants are spread over what one takes here, and a little more
before=$(find "$dir/state/snapshots" -maxdepth 1 -name '2026*' | wc -l)
{
        for i in $(seq 30); do
                instant=$((RANDOM % (took + took / 4 + 1) + 1))
                timeout -s KILL "$((instant / 1000)).$(printf %03d $((instant % 1000)))" "$VIGIE" snapshot --config "$dir/etc/vigie.yaml" --state "$dir/state" --date "2026-11-25T00:00:$(printf %02d "$i")Z" >/dev/null || true
        done
} 2>/dev/null
whole=$(find "$dir/state/snapshots" -maxdepth 1 -name '2026*' | wc -l)
echo "30 killed at random instants: $((whole - before)) were whole"
status 0 vigie verify "$dir/state/snapshots"
status 0 vigie snapshot --date 2026-11-26T12:00:00Z
status 0 vigie verify "$dir/state/snapshots"
if [ "$(id -u)" -eq 0 ] && mkdir "$dir/full" && mount -t tmpfs -o size=200k tmpfs "$dir/full" 2>/dev/null; then
        got=0
        vigie snapshot --date 2026-11-26T13:00:00Z --folder "$dir/full/s" >"$dir/out" 2>"$dir/err" || got=$?
        left=$(find "$dir/full/s" -mindepth 1 -not -name .lock | wc -l)
        umount "$dir/full"
        ok "a full disk: could not" test $got -eq 1
        ok "and says why" grep -qi 'no space' "$dir/err"
        ok "nothing half stays" test "$left" -eq 0
fi
# while a scan is being recorded, its end is waited for
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"latency_ms": 3000}}' >/dev/null
vigie scan --quiet >/dev/null 2>&1 &
scan=$!
pids+=($scan)
running=0
for _ in $(seq 200); do
        running=$(sqlite3 "$dir/state/vigie.db" 'select count(*) from scan where finished is null')
        [ "$running" = 0 ] || break
        sleep 0.05
done
status 0 vigie snapshot --date 2026-11-27T12:00:00Z
ok "a scan was running" test "$running" = 1
ok "and its end is in the snapshot" query "$dir/state/snapshots/2026-11-27T120000Z/inventory.json" '.scan.finished != null and .scan.complete == true'
wait $scan || true
control DELETE faults >/dev/null
# a secret from the environment reaches nothing that is handed over
no_secrets 'small/world/secret'
finish
