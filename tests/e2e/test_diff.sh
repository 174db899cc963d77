# vigie diff: what changed between two scans, or two files, and whether the world, the law or the reading did.
. tests/e2e/lib.sh
cp -r tests/worlds/small "$dir/world"
world=$dir/world/world.yaml
[ -e "$world" ] || world=$(ls "$dir"/world/*.yaml)
start_cloudsim "$dir/world"
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true
cat >"$dir/vigie.yaml" <<YAML
accounts:
  - {name: essai, provider: aws, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
limits: {requests_per_second: 1000, max_backoff: 20ms}
YAML
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --fresh --format json --output "$dir/$1.json" >/dev/null 2>"$dir/err" || [ $? -ge 3 ] || { cat "$dir/err" >&2; fail "scan"; }; }
diff() { "$VIGIE" diff --state "$dir/state" "$@"; }
french() { LC_ALL=fr_FR.UTF-8 LANGUAGE=fr diff "$@"; }
sound() { # FILE: it is what the schema says
        python3 - config/schema/diff.schema.json "$1" <<'PY'
import json, sys
import jsonschema
schema, value = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(value)
PY
}
endpoint='arn:aws:sagemaker:eu-west-3:111122223333:endpoint'

# ---- nothing to compare with, nothing changed ----------------------------------------------------------------
status 1 diff
ok "nothing was scanned" grep -q "run vigie scan" "$dir/err"
scan a
status 1 diff
ok "one scan is none to compare" grep -q "only one complete scan" "$dir/err"
scan b
status 0 diff
ok "the same is said" grep -q "Nothing is otherwise" "$dir/out"
status 0 diff --format json --output "$dir/diff.json"
ok "no change, by the schema" sound "$dir/diff.json"
ok "three empty lists" query "$dir/diff.json" '(.coverage + .resources + .findings) == []'
ok "a scan's JSON says by what it was judged" query "$dir/b.json" '.scan.basis["law/dates.yaml"] | length == 16'
status 0 diff "$dir/a.json" "$dir/b.json"

# ---- the world changes: a fact, an endpoint more ---------------------------------------------------------------
sed -i 's/EnableCapture: true, CaptureStatus: Started/EnableCapture: false, CaptureStatus: Stopped/; s/LastModifiedTime: 1757000600.5/LastModifiedTime: 1777000600.5/' "$world"
sed -i "s|- {EndpointName: score-clients|- {EndpointName: nouveau, EndpointArn: \"$endpoint/nouveau\", EndpointStatus: InService, CreationTime: 1790000000, LastModifiedTime: 1790000000}\n                &|" "$world"
control POST world '' >/dev/null
scan c
status 3 diff
ok "the fact, from and to" grep -q "log.inference: true -> false" "$dir/out"
status 3 diff --format json --output "$dir/diff.json"
ok "changes, by the schema" sound "$dir/diff.json"
ok "it appeared" query "$dir/diff.json" "[.resources[] | select(.change == \"appeared\" and .id == \"$endpoint/nouveau\")] | length == 1"
ok "the fact changed" query "$dir/diff.json" '[.resources[] | select(.change == "changed") | .facts[] | select(.fact == "log.inference" and .from.value == true and .to.value == false)] | length == 1'
ok "the verdict moved for it" query "$dir/diff.json" '[.findings[] | select(.rule == "LOG-003" and .name == "tri-courriers" and .from.verdict == "unknown" and .to.verdict == "fail" and .reason == "world" and ([.facts[].fact] | index("log.inference")))] | length == 1'
ok "all of it is the world's" query "$dir/diff.json" '.findings | length > 0 and all(.[]; .reason == "world")'
status 3 diff "$dir/b.json" "$dir/c.json" --format json --output "$dir/files.json"
ok "files say the same, by the schema" sound "$dir/files.json"
ok "files say the same" test "$(jq -S '[.findings[] | {id, change, from: .from.verdict, to: .to.verdict, reason}] | sort_by(.id)' "$dir/diff.json")" = \
        "$(jq -S '[.findings[] | {id, change, from: .from.verdict, to: .to.verdict, reason}] | sort_by(.id)' "$dir/files.json")"
ok "and the same of resources" test "$(jq -S '[.resources[] | {id, change, facts}] | sort_by(.id)' "$dir/diff.json")" = "$(jq -S '[.resources[] | {id, change, facts}] | sort_by(.id)' "$dir/files.json")"
status 0 diff --fail-on critical
status 3 diff --format csv
ok "CSV has the finding" grep -q "^findings,.*,LOG-003,unknown,fail,.*,world," "$dir/out"

# ---- what cannot be read is not gone ----------------------------------------------------------------------------
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"denied": true}}' >/dev/null
scan d
scan e
first=$(sqlite3 "$dir/state/vigie.db" 'select id from scan where scan = 3')
status 4 diff "$first" --format json --output "$dir/diff.json"
ok "a loss, by the schema" sound "$dir/diff.json"
ok "nothing is gone" query "$dir/diff.json" '[.resources[] | select(.change == "gone")] | length == 0'
ok "it was not seen, and why" query "$dir/diff.json" '[.resources[] | select(.change == "not-seen" and (.cause | startswith("denied: ")))] | length == 4'
ok "the list is lost" query "$dir/diff.json" '[.coverage[] | select(.change == "lost" and .collector == "aws.sagemaker.endpoint" and .from.state == "ok" and .to.state == "denied")] | length == 1'
ok "verdicts are undetermined for it" query "$dir/diff.json" '.findings | length > 0 and all(.[]; .reason == "unreadable")'
status 4 diff "$first"
ok "in words" grep -q "not seen .*: denied: " "$dir/out"
status 0 diff # d and e are the same
status 4 diff "$dir/c.json" "$dir/e.json" --format json --output "$dir/files.json"
ok "files say so, too" query "$dir/files.json" '([.resources[] | select(.change == "not-seen")] | length == 4) and ([.resources[] | select(.change == "gone")] | length == 0)'
jq '.resources = []' "$dir/e.json" >"$dir/emptied.json"
status 4 diff "$dir/c.json" "$dir/emptied.json" --format json --output "$dir/files.json"
ok "not in the second file, and its list denied" query "$dir/files.json" '[.resources[].change] | unique == ["not-seen"]'
control DELETE faults >/dev/null
scan f
status 3 diff --format json --output "$dir/diff.json"
ok "read again: what was not known may turn out to be a failure" query "$dir/diff.json" '([.coverage[].change] | unique == ["restored"]) and (.findings | length > 0 and all(.[]; .reason == "readable"))'

# ---- gone: the list was answered without it, twice ---------------------------------------------------------------
sed -i '/EndpointName: nouveau/d' "$world"
control POST world '' >/dev/null
scan g
status 0 diff --format json --output "$dir/diff.json"
ok "missing once is not gone" query "$dir/diff.json" '[.resources[] | select(.change == "gone")] | length == 0'
scan h
status 0 diff
ok "gone" grep -q "^  gone .*nouveau" "$dir/out"

# ---- a date of the law ---------------------------------------------------------------------------------------------
mkdir -p "$dir/law"
sed 's/    date: 2027-12-02/    date: 2026-01-02/' config/law/dates.yaml >"$dir/law/dates.yaml"
scan i
status 3 diff --format json --output "$dir/diff.json"
ok "the law, by the schema" sound "$dir/diff.json"
ok "it is the law, and not the world" query "$dir/diff.json" '(.findings | length > 0 and all(.[]; .reason == "law" and .parts == ["law/dates.yaml"])) and .resources == []'
ok "with both sums" query "$dir/diff.json" 'all(.findings[]; (.from.arithmetic | test("-1 upcoming \\(hr-annex3 2027-12-02\\)")) and (.to.arithmetic | test("upcoming") | not))'
ok "severities moved" query "$dir/diff.json" '[.findings[] | select(.from.severity == "medium" and .to.severity == "high")] | length > 0'
status 3 diff
ok "the sum that was" grep -q "severity was base=A/unknown=high; -1 upcoming (hr-annex3 2027-12-02) -> medium" "$dir/out"
ok "the sum that is" grep -q "severity is base=A/unknown=high -> high" "$dir/out"
ok "why" grep -q "because the law as it is recorded changed, what was read did not (law/dates.yaml)" "$dir/out"
status 3 french
ok "in French, too" grep -q "raison : le droit tel qu'il est consigné a changé, pas ce qui a été lu (law/dates.yaml)" "$dir/out"
ok "the sums in French" grep -q "sévérité avant : base=A/unknown=high; -1 upcoming (hr-annex3 2027-12-02) -> medium" "$dir/out"
ok "no sentence in English" sh -c "! grep -E 'because|severity|From scan|what was read|to be addressed' '$dir/out'"
status 3 diff "$dir/h.json" "$dir/i.json" --format json --output "$dir/files.json"
ok "files say so, too" query "$dir/files.json" '.findings | length > 0 and all(.[]; .reason == "law")'
finding=$(jq -r '[.findings[] | select(.to.severity == "high")][0].id' "$dir/diff.json")
status 0 "$VIGIE" explain "$finding" --state "$dir/state"
ok "explain has the sum in force" grep -q "severity:  *high: the rule fixes it for mlaas" "$dir/out"

# ---- the policy -------------------------------------------------------------------------------------------------------
echo "policy: {areas: [DE]}" >>"$dir/vigie.yaml"
scan j
status 3 diff --format json --output "$dir/diff.json"
ok "it is the policy" query "$dir/diff.json" '[.findings[] | select(.rule == "LOC-001")] | length > 0 and all(.[]; .reason == "policy" and .parts == ["policy"])'
sed -i 's/{Key: ai-act-owner, Value: equipe-courrier}/{Key: ai-act-owner, Value: equipe-tri}, {Key: ai-act-data, Value: personal}/' "$world"
sed -i '/^policy/d' "$dir/vigie.yaml"
rm -r "$dir/law"
control POST world '' >/dev/null
scan k
status 3 diff --format json --output "$dir/diff.json"
ok "a tag is named" query "$dir/diff.json" '[.resources[] | .facts[] | select(.fact == "tags.ai-act-owner" and .from.value == "equipe-courrier" and .to.value == "equipe-tri")] | length == 1'
ok "both changed, and that is said" query "$dir/diff.json" '[.findings[] | select(.reason == "world-and-rules")] | length > 0'

# ---- which scans, and what is refused ------------------------------------------------------------------------------------
day=$(date -u +%F)
diff "$first" "$day" --format json --output "$dir/diff.json" || true
ok "a day means its last scan" test "$(jq -r .to.id "$dir/diff.json")" = "$(sqlite3 "$dir/state/vigie.db" 'select id from scan order by scan desc limit 1')"
status 2 diff "$first" "$first"
ok "the same scan twice" grep -q "both are the same scan" "$dir/err"
status 2 diff "$(sqlite3 "$dir/state/vigie.db" 'select id from scan where scan = 5')" "$first"
ok "the wrong way round" grep -q "name the older one first" "$dir/err"
status 2 diff 0123456789
ok "no such scan" grep -q "no scan whose id begins with '0123456789'" "$dir/err"
status 2 diff 2020-01-01
ok "none by that date" grep -q "no complete scan that had begun by '2020-01-01'" "$dir/err"
status 2 diff yesterday
ok "neither of the three" grep -q "'yesterday' is neither a scan" "$dir/err"
status 2 diff --since soon
status 2 diff --since 7d "$first"
status 2 diff a b c
status 2 diff --format yaml
status 2 diff "$dir/a.json"
ok "a file goes with a file" grep -q "can be compared with another file only" "$dir/err"
status 2 diff "$dir/a.json" "$dir/none.json"
ok "which is not there" grep -q "none.json: No such file" "$dir/err"
printf '{"scan": {},\n "coverage": [}\n' >"$dir/broken.json"
status 2 diff "$dir/a.json" "$dir/broken.json"
ok "with its place" grep -q "broken.json:2:" "$dir/err"
echo '{"findings": []}' >"$dir/other.json"
status 2 diff "$dir/other.json" "$dir/a.json"
ok "and what to do" grep -q "other.json: it is not the result of a scan; vigie scan --format json --output FILE" "$dir/err"
mkdir "$dir/snapshot"
cp "$dir/b.json" "$dir/snapshot/inventory.json"
status 3 diff "$dir/snapshot" "$dir/c.json"
diff --since 1d --format json --output "$dir/diff.json" || true
ok "since begins with the oldest there is" test "$(jq -r .from.id "$dir/diff.json")" = "$(sqlite3 "$dir/state/vigie.db" 'select id from scan where scan = 1')"

# ---- a store of an older version: a reader says what to do, a scan brings it up to date ---------------------------------
mkdir -p "$dir/old"
sqlite3 "$dir/old/vigie.db" <tests/fixtures/store/format-1.sql
status 1 "$VIGIE" diff --state "$dir/old"
ok "older, and what to do" grep -q "older vigie.*the next scan brings it up to date" "$dir/err"
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/old" >/dev/null 2>&1 || true
status 2 "$VIGIE" diff 1111 --state "$dir/old"
ok "changes of old scans are not known" grep -q "what changed just after scan 11111111aaaaaaaa" "$dir/err"
rm -r "$dir/world" # a copy of cloudsim's own
no_secrets 'small/world/secret'
finish
