# What a hoster hands to its customers, of the demo company: what it has to say, and nothing that is the company's own.
. tests/e2e/lib.sh
cp -r tests/worlds/demo "$dir/world"
sed -i 's/type: metrics, origin: scaleway, retention_days: 31/type: metrics, origin: scaleway, retention_days: 3/' "$dir/world/world.yaml"
start_cloudsim "$dir/world"
demo_config "$dir"
mkdir -p "$dir/registers"
cat >"$dir/registers/hexagone.yaml" <<YAML
contracts:
  - {id: contrat-nuage-interne, owner: equipe-juridique, proof: DMS-7777-0001, date: 2026-03-01, valid_until: 2099-02-28, applies_to: {provider: ovh, account: hexagone-ovh}, clauses: [data-location, log-retention, audit-right]}
  - {id: contrat-ancien, owner: equipe-juridique, proof: DMS-7777-0002, date: 2020-03-01, valid_until: 2021-02-28, applies_to: {provider: scaleway}, clauses: [exit]}
certificates:
  - {id: certificat-interne, owner: equipe-qualite, proof: DMS-7777-0003, date: 2026-01-01, valid_until: 2099-01-01, scheme: iso27001, applies_to: {provider: ovh, kind: "*", region: "*"}}
YAML
status 3 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --quiet --format json --output "$dir/all.json"
pack() { "$VIGIE" report --pack client --config "$dir/vigie.yaml" --state "$dir/state" "$@"; }

status 0 pack --format json --output "$dir/pack.json"
ok "the JSON is what its schema says" python3 -c 'import json, sys, jsonschema; s = json.load(open(sys.argv[2])); jsonschema.Draft202012Validator.check_schema(s); jsonschema.Draft202012Validator(s).validate(json.load(open(sys.argv[1])))' "$dir/pack.json" config/schema/pack.schema.json
ok "services have parties, roles and duties" query "$dir/pack.json" '[.services[] | select((.customer.roles | length) > 0 and (.customer.duties | length) > 0)] | length > 2'
ok "regions and countries" query "$dir/pack.json" '[.locations[] | select(.provider == "AWS" and .region == "eu-west-3" and .country == "FR" and .area == "eu")] | length > 0'
ok "where requests are processed" query "$dir/pack.json" '[.locations[] | select(.processing | length > 1)] | length > 0'
ok "what is not known of it is no region" query "$dir/pack.json" '[.locations[] | select(.processing_known | not)] as $l | ($l | length) > 0 and (.unknown | map(select(test("where requests are processed"))) | length) > 0'
ok "logs kept long enough, and not" query "$dir/pack.json" '[.log_retention[] | select(.six_months)] | length > 0'
ok "too short ones are told, with days" query "$dir/pack.json" '[.log_retention[] | select(.less and .least_days < 184)] | length > 0'
ok "metrics are no logs" query "$dir/pack.json" '[.log_retention[] | select(.provider == "Scaleway") | .least_days] == [7]'
ok "certificates with date and source" query "$dir/pack.json" '[.certificates[] | select(.status == "listed" and .as_of != null and .source != null)] | length > 0'
ok "the company's own one, as declared" query "$dir/pack.json" '[.certificates[] | select(.status == "declared" and .valid_until == "2099-01-01")] | length == 1'
ok "the clauses of a contract" query "$dir/pack.json" '[.contracts[] | select(.providers == ["OVHcloud"] and .part and .state == "in-force" and .clauses == ["data-location", "log-retention", "audit-right"])] | length == 1'
ok "one that has ended is told as such" query "$dir/pack.json" '[.contracts[] | select(.providers == ["Scaleway"] and .state == "expired")] | length == 1'
ok "a cloud without contract is not known" query "$dir/pack.json" '[.unknown[] | select(startswith("Scaleway: no contract in force"))] | length == 1'
ok "a denied list is told, not its cause" query "$dir/pack.json" '(.complete | not) and ([.unknown[] | select(. == "AWS: not everything could be read; what was not is not in here.")] | length == 1)'

# ---- nothing internal ------------------------------------------------------------------------------------------
status 0 pack
cp "$dir/out" "$dir/pack.md"
LANGUAGE=fr LC_ALL=C.UTF-8 status 0 pack
cp "$dir/out" "$dir/pack.fr.md"
status 0 pack --output "$dir/pack.html"
status 0 pack --lang fr --format html --output "$dir/pack.fr.html"
python3 - "$dir/all.json" "$dir/vigie.yaml" "$dir/pack.json" "$dir/pack.md" "$dir/pack.fr.md" "$dir/pack.html" "$dir/pack.fr.html" <<'PY' || fail "something internal is in it"
import glob, html, json, re, sys
everything = json.load(open(sys.argv[1]))
internal = set(re.findall(r"name: ([\w-]+)", open(sys.argv[2]).read()))
public = set()
for r in everything["resources"]:
    public |= {r["region"], r["provider"], r["service_type"], r["kind"], r["country"], r["area"]}
    internal |= {r["id"], r["name"], r["scope"], r["account"], *r["tags"].values()}
    processing = r["facts"].get("processing.regions", {}).get("value") or []
    public |= set(processing if isinstance(processing, list) else [processing])
for c in everything["coverage"]:
    internal |= {c["scope"], c["cause"], c["permission"], c["collector"]}
for f in everything["findings"]:
    internal |= {f["id"], f["rule"], f["why"]}
internal |= {"contrat-nuage-interne", "equipe-juridique", "DMS-7777-0001", "contrat-ancien", "certificat-interne", "equipe-qualite", "DMS-7777-0003", "hexagone-ovh"}
law = "".join(open(f).read() for f in glob.glob("config/law/*.yaml"))  # a name or a tag may be a word of the law as well
def stands_in(word, text):
    return word in text and re.search(r"(?<![\w-])" + re.escape(word) + r"(?![\w-])", text)
internal = {i for i in internal if i and len(i) > 3 and not stands_in(i, law)} - public - {"true", "false"}
assert len(internal) > 100
for path in sys.argv[3:]:
    text = open(path).read()
    if path.endswith(".html"):
        text = html.unescape(re.sub(r"<style>.*?</style>", "", text, flags=re.S))
    found = [i for i in internal if stands_in(i, text)]
    assert not found, (path, found)
PY
passed=$((passed + 1))
ok "each section is there" test "$(grep -c '^## ' "$dir/pack.md")" -eq 6
ok "in French too" grep -q '^## Ce qui n.est pas connu' "$dir/pack.fr.md"
ok "without a word of English" sh -c "! grep -qE 'not known|Valid until|six months' '$dir/pack.fr.md'"
ok "no cell breaks its row" sh -c "! grep -E '^\|' '$dir/pack.md' | grep -vE '\|\$'"

# ---- as a page --------------------------------------------------------------------------------------------------
status 0 pack --format html
ok "a name that ends with .html is enough, and the same is the same bytes" cmp -s "$dir/out" "$dir/pack.html"
ok "the page says what the others say, and nothing in it can run" python3 tests/e2e/pack_page.py "$dir/pack.json" "$dir/pack.md" "$dir/pack.html"
ok "in French" grep -q '<html lang="fr">' "$dir/pack.fr.html"
ok "its words too" grep -q 'Ce qui n.*est pas connu</h2>' "$dir/pack.fr.html"
ok "all of them" sh -c "! grep -qE 'not known|Valid until|six months|Contents' '$dir/pack.fr.html'"

# ---- six months, whatever the policy asks for -------------------------------------------------------------------
sed 's/^limits:/policy: {log_retention_days: 10}\n&/' "$dir/vigie.yaml" >"$dir/short.yaml"
"$VIGIE" scan --config "$dir/short.yaml" --state "$dir/short" --account hexagone-ovh --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
status 0 "$VIGIE" report --pack client --config "$dir/short.yaml" --state "$dir/short" --format json
ok "what meets a shorter floor is not told as six months" query "$dir/out" '[.log_retention[] | select(.provider == "OVHcloud" and (.six_months | not) and .less and .unknown)] | length == 1'
sed -i 's/log_retention_days: 10/log_retention_days: 36500/' "$dir/short.yaml"
"$VIGIE" scan --config "$dir/short.yaml" --state "$dir/long" --account hexagone-mistral --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
status 0 "$VIGIE" report --pack client --config "$dir/short.yaml" --state "$dir/long" --format json
ok "nor what misses a longer one as less" query "$dir/out" '[.log_retention[] | select(.provider == "Mistral AI" and (.less | not) and .unknown and .least_days == 274)] | length == 1'

raised() { # DAYS: the pack of a log of 274 days that is to be kept so many, by its own tag
        mkdir -p "$dir/raised/declarations"
        cp "$dir/vigie.yaml" "$dir/raised/vigie.yaml"
        printf 'declarations: [{match: {provider: mistral}, declare: {ai-act-log-days: "%s"}, owner: Direction des données, reason: ours}]\n' "$1" >"$dir/raised/declarations/days.yaml"
        "$VIGIE" scan --config "$dir/raised/vigie.yaml" --state "$dir/raised/state" --account hexagone-mistral --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
        status 0 "$VIGIE" findings --all --rule LOG-005 --state "$dir/raised/state" --format json --output "$dir/raised/findings.json"
        status 0 "$VIGIE" report --pack client --config "$dir/raised/vigie.yaml" --state "$dir/raised/state" --format json
}
raised 400
ok "a log that misses a floor of its own" query "$dir/raised/findings.json" '[.findings[].verdict] == ["fail"]'
ok "is not told as kept for less than six months" query "$dir/out" '[.log_retention[] | select(.provider == "Mistral AI" and (.less | not) and (.six_months | not) and .unknown and .least_days == 274)] | length == 1'
raised 200
ok "one that meets it is as it was" query "$dir/out" '[.log_retention[] | select(.provider == "Mistral AI" and .six_months and (.less | not) and (.unknown | not))] | length == 1'

# ---- nothing, of which nothing could be read ---------------------------------------------------------------------
mkdir "$dir/nobody"
printf 'accounts:\n  - {name: nobody, provider: aws, profile: prod, regions: [eu-west-3], network: {connect_to: "127.0.0.1:1"}}\nlimits: {attempts: 1}\n' >"$dir/nobody/vigie.yaml"
"$VIGIE" scan --config "$dir/nobody/vigie.yaml" --state "$dir/nothing" --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
status 0 "$VIGIE" report --pack client --config "$dir/nobody/vigie.yaml" --state "$dir/nothing" --format html
ok "no section looks as if there were nothing" test "$(grep -c 'Nothing found or recorded: see what is not known' "$dir/out")" -eq 5
ok "and that it could not be read is told" sh -c "grep -q 'Not everything could be read' '$dir/out' && grep -q 'AWS: not everything could be read' '$dir/out'"

# ---- selection, and what is refused -----------------------------------------------------------------------------
status 0 pack --provider ovh --format json
ok "of one cloud only" query "$dir/out" '([.locations[].provider] | unique) == ["OVHcloud"] and ([.log_retention[].provider] == ["OVHcloud"])'
status 2 "$VIGIE" report --pack clients --state "$dir/state"
ok "the nearest name is suggested" grep -q "did you mean 'client'" "$dir/err"
status 2 pack --format csv
ok "and which formats there are" grep -q 'markdown, html or json' "$dir/err"
printf 'contracts: [{id: x}]\n' >"$dir/registers/broken.yaml"
status 2 pack --output "$dir/never.md"
ok "a register that is wrong is no empty one" grep -q 'broken.yaml:1:' "$dir/err"
ok "and nothing is written" test ! -e "$dir/never.md"
rm "$dir/registers/broken.yaml"
status 1 "$VIGIE" report --pack client --config "$dir/vigie.yaml" --state "$dir/none"
ok "nor a secret" sh -c "! grep -qE 'demo.only|7c000000-0000-4000-8000-00000000c1ef' '$dir/pack.json' '$dir/pack.md' '$dir/pack.fr.md' '$dir/pack.html'"
finish
