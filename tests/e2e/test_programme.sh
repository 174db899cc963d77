# vigie programme before the first scan, after it, and with registers: by what is known, never flattering, in both languages.
. tests/e2e/lib.sh
cp -r tests/worlds/demo "$dir/world"
start_cloudsim "$dir/world"
demo_config "$dir"
json=$dir/programme.json
programme() { "$VIGIE" programme --config "$dir/vigie.yaml" --state "$dir/state" "$@"; }
french() { env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" "$@" --config "$dir/vigie.yaml" --state "$dir/state"; }
valid() {
        python3 - config/schema/programme.schema.json "$1" <<'PY'
import json, sys
import jsonschema
schema, programme = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(programme)
PY
}

# ---- before the first scan: nothing is known, and that is said -------------------------------------------------
status 0 programme --format json --output "$json"
ok "the JSON is what its schema says" valid "$json"
ok "no request was made" test "$(control GET counters | jq .requests)" = 0
ok "nothing was made to remember in" test ! -e "$dir/state"
ok "there was no scan" query "$json" '.scan == null and .unscanned == 9'
ok "seven steps" query "$json" '[.steps[] | [.id, .weeks]] == [["role", 2], ["map", 3], ["localisation", 2], ["security", 4], ["contracts", 4], ["training", 2], ["monitor", null]]'
ok "what nobody has looked at has no progress" query "$json" '[.steps[] | .percent] == [null, null, null, 0, 0, 0, 0]'
ok "nothing is done" query "$json" 'all(.steps[]; .done == 0 and (.complete | not))'
ok "a scan is what is missing first" query "$json" '.steps[0].measures[0].missing[0] | .lack == "scan" and .see == "vigie scan"'
ok "budgets are those of the accounts" query "$json" '.currency == "EUR" and ([.budgets[] | [.id, .providers]] == [["regional", ["ovh", "scaleway"]], ["hyperscaler", ["aws", "azure", "gcp"]], ["specialist", ["huggingface", "mistral", "replicate"]]])'
ok "with the source's ranges" query "$json" '[.budgets[].ranges[] | [.from, .to]] == [[100000, 300000], [500000, 2000000], [1000000, 5000000], [200000, 800000]] and .months == {"from": 8, "to": 14}'
status 0 programme
ok "the table says so" grep -q "^No scan yet" "$dir/out"
ok "and where the figures come from" grep -q "^Source: the French guide" "$dir/out"
echo 'interval: 1h' >"$dir/none.yaml"
status 0 "$VIGIE" programme --config "$dir/none.yaml" --state "$dir/nothing"
ok "without any account, too" grep -q "No account is known" "$dir/out"

# ---- after it: the numbers are those of the findings ----------------------------------------------------------
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json" --quiet 2>/dev/null || [ $? -ge 3 ]
status 0 programme --format json --output "$json"
ok "the JSON is what its schema says after a scan" valid "$json"
python3 - "$dir/scan.json" "$json" <<'PY' || fail "the numbers are not those of the scan"
import collections, fnmatch, json, sys
scan, programme = (json.load(open(p)) for p in sys.argv[1:])
measures = [("roles", ["GOV-001", "GOV-002", "GOV-010"]), ("inventory", ["COV-*", "GOV-003", "GOV-004"]), ("location", ["LOC-*", "SOV-001"]),
            ("protection", ["SEC-*", "SOV-*"]), ("logs", ["LOG-*"]), ("governance", ["GOV-*"])]
want = {m: collections.Counter() for m, _ in measures}
for f in scan["findings"]:
    for m, patterns in measures:
        if any(fnmatch.fnmatchcase(f["rule"], p) for p in patterns):
            want[m][f["verdict"]] += 1
            break
    else:
        raise SystemExit(f"{f['rule']} counts nowhere")
got = {m["id"]: m for s in programme["steps"] for m in s["measures"]}
for m, counts in want.items():
    have = {k: got[m][k] for k in ("done", "open", "unknown", "waived")}
    expect = {"done": counts["pass"], "open": counts["fail"], "unknown": counts["unknown"], "waived": counts["waived"]}
    assert have == expect, (m, have, expect)
    for gap in got[m]["missing"]:
        rows = [f for f in scan["findings"] if f["rule"] == gap["subject"]]
        assert gap["open"] == sum(f["verdict"] == "fail" for f in rows), gap
        assert gap["unknown"] == sum(f["verdict"] == "unknown" for f in rows), gap
unread = sum(c["state"] not in ("ok", "off", "absent") for c in scan["coverage"])
assert unread > 0 and programme["unread"] == got["coverage"]["unknown"] == unread, unread
for s in programme["steps"]:
    assert s["total"] == s["done"] + s["open"] + s["unknown"] + s["waived"]
    assert s["percent"] < 100 and not s["complete"]
PY
ok "teams are those that own something" query "$json" '[.steps[5].measures[0].missing[].subject] | index("data-lab") != null'
status 0 programme
ok "what could not be read is told" grep -q "lists could not be read: what they hold is in none of these numbers" "$dir/out"
ok "each line says where to look" grep -q "→ vigie findings --rule GOV-002" "$dir/out"
ok "no bar where nobody looks at a terminal" sh -c "! grep -q '##' '$dir/out'"
ok "on one there is" sh -c "script -qec \"env TERM=xterm '$VIGIE' programme --config '$dir/vigie.yaml' --state '$dir/state' --no-color\" /dev/null | grep -q '[#]-'"
status 0 programme --format markdown
ok "Markdown has its table" grep -q "^| 5. Update contracts | 0 % | 0/9 |" "$dir/out"
ok "and every team" grep -q "equipe-plateforme" "$dir/out"

# ---- with registers --------------------------------------------------------------------------------------------
mkdir "$dir/registers"
cat >"$dir/registers/all.yaml" <<'YAML'
contracts:
  - {id: ct-1, owner: juridique, proof: GED-1, date: 2026-01-31, valid_until: 2099-01-31, applies_to: {provider: "*"}, clauses: [data-location, sub-processors, log-access, log-retention, incident-notice, role-agreement, audit-right, exit]}
training:
  - {id: tr-1, owner: rh, proof: LMS-1, date: 2026-01-31, review: 2099-01-31, team: data-lab, content: les bases, people: 7}
  - {id: tr-2, owner: rh, proof: LMS-2, date: 2024-01-31, review: 2025-01-31, team: actuariat, content: les bases, people: 3}
transfers:
  - {id: tia-1, owner: dpo, proof: TIA-1, date: 2026-01-31, valid_until: 2099-01-31, applies_to: {account: hexagone-lab}, instruments: [tia, dpf]}
  - {id: tia-2, owner: dpo, proof: TIA-2, date: 2024-01-31, valid_until: 2025-01-31, applies_to: {provider: gcp}, instruments: [tia]}
YAML
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json" --quiet 2>/dev/null || [ $? -ge 3 ]
status 0 programme --format json --output "$json"
ok "the JSON is what its schema says with registers" valid "$json"
ok "contracts are there for every account" query "$json" '.steps[4] | .done == 9 and .open == 0 and .percent == 100 and .complete'
ok "one team was trained, one long ago" query "$json" '.steps[5] | .done == 1 and ([.measures[0].missing[] | select(.lack == "ended")] | length == 1 and .[0].entry == "tr-2" and .[0].detail == "2025-01-31")'
ok "the registers are told as what they are" query "$json" '[.registers[] | [.id, .state]] == [["ct-1", "in-force"], ["tr-1", "in-force"], ["tr-2", "review-missed"], ["tia-1", "in-force"], ["tia-2", "expired"]]'
ok "an assessment counts for its account" query "$dir/scan.json" '[.findings[] | select(.account == "hexagone-lab" and .rule == "SOV-001")] | length > 0 and all(.[]; .verdict == "pass" and (.why | test("Register entry tia-1 .*declared, not checked by vigie")))'
ok "one that ended counts for nothing, and is told" query "$dir/scan.json" '[.findings[] | select(.provider == "gcp" and .rule == "SOV-001" and .verdict == "fail")] | length > 0 and all(.[]; .why | test("Register entry tia-2 .*ended on 2025-01-31 and no longer counts"))'
status 0 programme --verbose
ok "the table lists them" grep -q "transfers *tia-2 *dpo *TIA-2 *2024-01-31 *2025-01-31 *expired" "$dir/out"
ok "and never says that they were verified" sh -c "! grep -qi verified '$dir/out'"

status 4 "$VIGIE" check --config "$dir/vigie.yaml"
ok "check counts the entries" grep -q "ok  registers: 5$" "$dir/out"
ok "and names those that ended" grep -q "ENDED  registers: .*/registers/all.yaml:5:[0-9]*: tr-2 (rh) ended on 2025-01-31" "$dir/out"

# ---- in French ---------------------------------------------------------------------------------------------------
status 0 french programme --verbose
ok "the steps" grep -q "4. Renforcer la sécurité" "$dir/out"
ok "the numbers" grep -q "non évaluée : [0-9]* à traiter" "$dir/out"
ok "the registers" grep -q "transfers *tia-2 *dpo .* expirée" "$dir/out"
ok "no sentence in English" sh -c "! grep -E 'STEP|weeks|to be addressed|undetermined|could not|entry|in force|what is|Source: the|Effort and' '$dir/out'"
status 0 french programme --format markdown
ok "Markdown, too" grep -q "^## Ce qui manque d'abord" "$dir/out"

# ---- what is refused -----------------------------------------------------------------------------------------------
status 2 programme --format csv
ok "formats are named" grep -q "none of table, json, markdown" "$dir/err"
sed -i '0,/clauses: \[data-location/s//clauses: [data-localisation/' "$dir/registers/all.yaml"
status 2 programme
ok "a bad entry is named" grep -q "registers/all.yaml:2:[0-9]*: 'clauses': 'data-localisation'" "$dir/err"
status 2 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state"
ok "no scan without it" grep -q "registers/all.yaml:2:" "$dir/err"
rm "$dir/registers/all.yaml"
printf 'damaged' >"$dir/state/vigie.db"
status 1 programme
ok "a store that cannot be read is not an empty one" grep -q "damaged" "$dir/err"
finish
