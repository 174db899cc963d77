# The demo company, scanned by the real program over real TLS: what the world says is what comes out.
. tests/e2e/lib.sh
cp -r tests/worlds/demo "$dir/world"
start_cloudsim "$dir/world"
demo_config "$dir"
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" "$@"; }
json=$dir/scan.json

# ---- the first scan -------------------------------------------------------------------------------------
status 3 scan --format json --output "$json"
ok "the JSON is what its schema says" python3 - config/schema/scan.schema.json "$json" <<'PY'
import json, sys
import jsonschema
schema, scan = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(scan)
PY

# every endpoint, notebook, agent… that the world lists where it can be read is there, and nothing that it does not list
python3 - "$dir/world" "$json" <<'PY' || fail "the inventory is not what the world says"
import glob, json, re, sys
world = "".join(open(f).read() for f in glob.glob(sys.argv[1] + "/*.yaml"))
scan = json.load(open(sys.argv[2]))
ids = {r["id"] for r in scan["resources"]}
readable = {a for a in re.findall(r'arn:aws:sagemaker:(?!us-east-1:111122223333)[a-z0-9-]+:\d+:endpoint/[\w-]+', world)}
missing = {a for a in readable if a not in ids and f'EndpointArn: "{a}"' in world}
assert readable and not missing, missing
for r in scan["resources"]:
    tail = re.split(r"[:/]", r["id"])[-1]
    assert tail in world, r["id"]
PY
passed=$((passed + 1))

# good and bad cases of the rules
for rule in LOC-001 LOC-003 LOC-005 LOG-001 LOG-002 LOG-003 LOG-005 SEC-002 SEC-003 SEC-004 SEC-006 SEC-008 GOV-001 GOV-004 GOV-012 LOC-006 LOC-007 LOG-010; do
        ok "$rule has something to address" query "$json" "[.findings[] | select(.rule == \"$rule\" and .verdict == \"fail\")] | length > 0"
done
for rule in LOC-001 LOC-003 LOC-005 LOG-003 LOG-005 SEC-002 SEC-003 SEC-006 SEC-008 GOV-001 GOV-004 GOV-012 LOC-006 LOC-007 LOG-010; do
        ok "$rule is met somewhere" query "$json" "[.findings[] | select(.rule == \"$rule\" and .verdict == \"pass\")] | length > 0"
done
ok "what is denied is told" query "$json" '[.findings[] | select(.rule == "COV-002" and .verdict == "fail" and .region == "us-east-1")] | length > 0'
ok "London is outside the area" query "$json" '[.findings[] | select(.rule == "LOC-001" and .region == "eu-west-2" and .verdict == "pass")] | length == 0'
ok "Zurich is outside the area" query "$json" '[.findings[] | select(.rule == "LOC-001" and .region == "eu-central-2" and .verdict == "pass")] | length == 0'
ok "global inference does not pass" query "$json" '[.findings[] | select(.rule == "LOC-003" and .verdict == "pass" and (.resource // "" | test("global")))] | length == 0'
ok "a denied region has no resources and is not ok" query "$json" '([.resources[] | select(.scope == "111122223333" and .region == "us-east-1" and (.kind | startswith("aws.sagemaker")))] | length == 0) and ([.coverage[] | select(.scope == "111122223333" and .region == "us-east-1" and .collector == "aws.sagemaker.endpoint" and .state == "denied")] | length == 1)'
ok "a scan with something unread is not complete" query "$json" '.scan.complete == false'
ok "a suspended member is told" query "$json" '[.coverage[] | select(.scope == "777788889999" and .state == "off" and (.cause | test("SUSPENDED")))] | length == 1'
ok "and no rule speaks of it" query "$json" '[.findings[] | select(.scope == "777788889999")] | length == 0'
ok "a member whose role cannot be assumed is denied" query "$json" '[.coverage[] | select(.scope == "888899990000" and .collector == "sign-in" and .state == "denied" and (.cause | test("external id")))] | length == 1'
ok "nothing of it passes for read" query "$json" '[.findings[] | select(.scope == "888899990000" and .verdict == "pass")] | length == 0'
ok "its audit log is not said to be missing" query "$json" '[.findings[] | select(.scope == "888899990000" and .rule == "LOG-001" and .verdict == "unknown")] | length == 1'
ok "a deployment that spills over to the world does not pass" query "$json" '[.findings[] | select(.rule == "LOC-003" and .verdict == "fail" and (.resource // "" | endswith("deployments/tri-courriels")))] | length == 1'
ok "a regional one does" query "$json" '[.findings[] | select(.rule == "LOC-003" and .verdict == "pass" and (.resource // "" | endswith("deployments/assistant-sinistres")))] | length == 1'
ok "a kind of deployment that is new is not known" query "$json" '[.findings[] | select(.rule == "LOC-003" and .verdict == "unknown" and (.resource // "" | endswith("deployments/relecture")))] | length == 1'
ok "metrics are no log" query "$json" '[.findings[] | select(.rule == "LOG-003" and .verdict == "fail" and (.resource // "" | endswith("accounts/voix-clients")))] | length == 1'
ok "a list that is denied in Azure is told" query "$json" '[.coverage[] | select(.collector == "azure.machinelearningservices.workspace" and .state == "denied")] | length == 1'
ok "what has no row is found" query "$json" '[.resources[] | select(.kind == "azure.resourcegraph.resource")] | length == 1'
ok "London and Zurich are outside the area in Google Cloud" query "$json" '[.findings[] | select(.rule == "LOC-001" and .provider == "gcp" and .verdict == "fail" and (.region == "europe-west2" or .region == "europe-west6"))] | length == 2'
ok "a model called at global does not pass, one at eu does" query "$json" '([.findings[] | select(.rule == "LOC-003" and .verdict == "fail" and (.resource // "" | endswith("claude-sonnet-4-5")))] | length == 1) and ([.findings[] | select(.rule == "LOC-003" and .verdict == "pass" and (.resource // "" | endswith("models/gemini-2.5-flash")))] | length == 1)'
ok "eu in the name of an app is not enough" query "$json" '[.findings[] | select(.rule == "LOC-003" and .verdict == "unknown" and (.resource // "" | endswith("engines/gemini-siege")))] | length == 1'
ok "data access logs in _Default are kept 30 days" query "$json" '[.findings[] | select(.rule == "LOG-005" and .verdict == "fail" and .scope == "hexagone-essais")] | length > 0'
ok "a project that is being deleted is told" query "$json" '[.coverage[] | select(.scope == "hexagone-pilote-2024" and .state == "off" and (.cause | test("DELETE_REQUESTED")))] | length == 1'
ok "a list that is denied in Google Cloud is told" query "$json" '[.coverage[] | select(.collector == "gcp.vertex.model" and .state == "denied")] | length == 1'
ok "what only the search finds is there" query "$json" '[.resources[] | select(.kind == "gcp.asset.search")] | length == 1'
# Paris is in the Union and its operator's parent is not: two answers
ok "control is apart from location" query "$json" '[.findings[] | select(.region == "eu-west-3" and .rule == "SOV-001" and .verdict == "fail" and (.why | test("Amazon.com, Inc. \\(US\\)")))] | length > 0'
ok "a European parent meets it" query "$json" '[.findings[] | select(.provider == "scaleway" and .rule == "SOV-001")] | length > 0 and all(.verdict == "pass")'
ok "an app that asks nobody who he is does not pass" query "$json" '[.findings[] | select(.rule == "SEC-004" and .verdict == "fail" and .resource == "1a100000-0000-4000-8000-000000000002")] | length == 1'
ok "London is outside the area at OVHcloud, too" query "$json" '[.findings[] | select(.rule == "LOC-001" and .region == "UK1" and .verdict == "pass")] | length == 0'
ok "two weeks of logs are too short" query "$json" '[.findings[] | select(.rule == "LOG-005" and .verdict == "fail" and .account == "hexagone-ovh")] | length > 0'
ok "what the API cannot tell is not known" query "$json" '[.findings[] | select(.rule == "LOG-003" and .account == "hexagone-ovh")] | length == 2 and all(.[]; .verdict == "unknown")'
ok "an image that is copied to Virginia does not pass" query "$json" '[.findings[] | select(.rule == "LOC-006" and .verdict == "fail" and (.resource | startswith("111122223333.dkr.ecr.eu-west-3")) and (.why | test("us-east-1")))] | length == 1'
ok "an alarm that tells nobody does not pass" query "$json" '[.findings[] | select(.rule == "LOG-010" and .verdict == "fail" and (.resource | endswith("endpoint/detection-fraude")) and (.why | test("derive-fraude")))] | length == 1'
ok "one with somebody behind it does" query "$json" '[.findings[] | select(.rule == "LOG-010" and .verdict == "pass" and (.resource | endswith("endpoint/scoring-sinistres")))] | length == 1'
ok "a policy on locations is enough, none is not" query "$json" '([.findings[] | select(.rule == "LOC-007" and .verdict == "pass" and .scope == "hexagone-tarifs")] | length == 1) and ([.findings[] | select(.rule == "LOC-007" and .verdict == "fail" and .scope == "hexagone-essais")] | length == 1)'
ok "nothing binds who manages the organisation" query "$json" '[.findings[] | select(.rule == "LOC-007" and .verdict == "fail" and .scope == "111122223333")] | length == 1'
ok "use of models shows by its bill" query "$json" '[.resources[] | select(.kind == "ovh.aie.usage")] | length == 1'
ok "what the documentation alone says is no proof" query "$json" '[.findings[] | select(.provider == "replicate" and .rule == "LOC-003" and .verdict == "pass")] | length == 0'
ok "an endpoint in another cloud's region is there" query "$json" '[.findings[] | select(.provider == "huggingface" and .rule == "LOC-001" and .region == "us-east-1" and .verdict == "fail")] | length > 0'
ok "use in the global zone is told" query "$json" '[.findings[] | select(.provider == "mistral" and .rule == "LOC-003" and .verdict == "fail" and (.resource | endswith("/usage/global")))] | length == 1'
ok "a declaration counts, and says whose it is" query "$json" '.resources[] | select(.id == "ft:mistral-small-latest:hexagone:20260801:c3") | .declared["ai-act-risk"] | .value == "limited" and .source == "declaration declarations/hexagone.yaml (Direction des données)"'
ok "what is waived is there, with who and until when" query "$json" '[.findings[] | select(.verdict == "waived")] | length > 0 and all(.resource == "1a100000-0000-4000-8000-000000000002" and .waiver.id == "D-2026-014" and (.waiver.until | length) == 10)'
ok "a waiver that has ended brings its finding back" query "$json" '[.findings[] | select(.rule == "LOC-003" and .verdict == "fail" and .waiver == null and (.why | test("Waiver D-2026-003 \\(Direction des risques\\) ended on 2026-10-31")))] | length == 1'
ok "nothing was asked again after a denial" test "$(control GET counters | jq .repeated_after_denial)" = 0

# ---- the second scan: lists only, the same findings, the same ids -----------------------------------------
cp "$json" "$dir/first.json"
control POST reset '' >/dev/null
status 3 scan --format json --output "$json"
ok "ids are stable" test "$(jq -c '[.findings[].id] | sort' "$json" | sha256sum)" = "$(jq -c '[.findings[].id] | sort' "$dir/first.json" | sha256sum)"
ok "no endpoint is described again" test "$(control GET log | jq '[.[] | select(.operation == "DescribeEndpoint")] | length')" = 0

control POST reset '' >/dev/null
status 3 scan --fresh --format json --output "$json"
ok "asked for, everything is described again" test "$(control GET log | jq '[.[] | select(.operation == "DescribeEndpoint")] | length')" -gt 0

# ---- an edited world -----------------------------------------------------------------------------------------
sed -i 's/EndpointName: detection-fraude, EndpointArn/EndpointName: tout-nouveau, EndpointArn: "arn:aws:sagemaker:eu-west-3:111122223333:endpoint\/tout-nouveau", EndpointStatus: InService, CreationTime: 1790000000, LastModifiedTime: 1790000000}\n                - {EndpointName: detection-fraude, EndpointArn/' "$dir/world/world.yaml"
control POST world '' >/dev/null
control POST faults '{"match": {"account": "444455556666", "operation": "ListNotebookInstances", "region": "eu-west-3"}, "do": {"denied": true}}' >/dev/null
status 3 scan --format json --output "$json"
ok "the new endpoint is there" query "$json" '[.resources[] | select(.id | endswith("endpoint/tout-nouveau"))] | length == 1'
ok "its first finding is there" query "$json" '[.findings[] | select(.resource // "" | endswith("endpoint/tout-nouveau"))] | length > 0'
ok "the denied list is told" query "$json" '[.coverage[] | select(.collector == "aws.sagemaker.notebook_instance" and .scope == "444455556666" and .region == "eu-west-3" and .state == "denied")] | length == 1'
ok "what was there before stays, marked stale" query "$json" '[.resources[] | select(.kind == "aws.sagemaker.notebook_instance" and .scope == "444455556666" and .region == "eu-west-3")] | length == 0 or all(.stale)'
before=$(jq '[.resources[] | select(.kind == "aws.sagemaker.notebook_instance")] | length' "$dir/first.json")
ok "nothing is gone for a denial" test "$(jq '[.resources[] | select(.kind == "aws.sagemaker.notebook_instance")] | length' "$json")" = "$before"

# ---- what a person reads ----------------------------------------------------------------------------------------
status 3 scan
ok "and waivers that end soon or hold for nothing" grep -q "D-2026-011 (DSI): ends soon, on .*, holds for no finding" "$dir/out"
ok "but not those that are well" sh -c "! grep -q 'D-2026-014 (Direction commerciale):' '$dir/out'"
ok "the table says what is not known" grep -qi "unknown\|undetermined" "$dir/out"
status 3 env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state"
ok "in French, numbers in a sentence too" grep -q "les [0-9]* collecteurs" "$dir/out"
ok "and no sentence in English" sh -c "! grep -E 'collectors  |to be addressed|Coverage|could not be read' '$dir/out'"
status 0 "$VIGIE" explain LOC-003 --state "$dir/state"
ok "explain names the article" grep -q "GDPR" "$dir/out"
status 0 "$VIGIE" explain generateur-campagnes --state "$dir/state"
ok "explain names who operates it" grep -q "operator: *Scaleway SAS (FR)" "$dir/out"
status 0 "$VIGIE" status --state "$dir/state"
ok "status names waivers" grep -q "D-2026-003 (Direction des risques): ended on 2026-10-31" "$dir/out"
status 0 "$VIGIE" resources --state "$dir/state" --provider scaleway --format csv
ok "CSV has the deployment" grep -q "generateur-campagnes" "$dir/out"
status 0 "$VIGIE" coverage --state "$dir/state" --format json
status 4 "$VIGIE" check --config "$dir/vigie.yaml"
ok "check names the member that refuses" grep -q "NOT OK  888899990000: .*role/vigie-read cannot be assumed" "$dir/out"
ok "check names rows that are older than a year" grep -q "OLD  jurisdictions: .*scaleway.yaml:[0-9]*:[0-9]*: hds is of 2025-01-08" "$dir/out"
ok "check names waivers that end soon" grep -q "SOON  waivers: waivers/hexagone.yaml:[0-9]*:5: D-2026-011 (DSI) ends on" "$dir/out"
ok "check names waivers that have ended" grep -q "ENDED  waivers: waivers/hexagone.yaml:[0-9]*:5: D-2026-003" "$dir/out"
ok "and nothing else" test "$(grep "NOT OK" "$dir/out" | grep -vc "888899990000\|1 lists could not be read: …")" = 0

# ---- secrets: nowhere -----------------------------------------------------------------------------------------------
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --verbose >"$dir/verbose.out" 2>"$dir/verbose.err" || true
sqlite3 "$dir/state/vigie.db" .dump >"$dir/dump"
for secret in 'demo/only/hexagone' '7c000000-0000-4000-8000-00000000c1ef' 'AWS4-HMAC-SHA256 Cred' 'argon2id' 'demo~only.hexagone' 'demo-only-hexagone' hf_demoOnly r8_demoOnly demoOnlyHexagone 'eyJ0.'; do
        for f in "$json" "$dir/dump" "$dir/verbose.out" "$dir/verbose.err" "$dir/out" "$dir/err"; do
                ok "no secret in $(basename "$f")" sh -c "! grep -qF '$secret' '$f'"
        done
        ok "no secret in the store's file" sh -c "! grep -qaF '$secret' '$dir/state/vigie.db' '$dir/state/vigie.db-wal' 2>/dev/null"
done
finish
