# What a person reads of roles, duties and explanations, in both languages, over the demo company.
. tests/e2e/lib.sh
cp -r tests/worlds/demo "$dir/world"
start_cloudsim "$dir/world"
demo_config "$dir"
state="--state $dir/state"
schema() {
        python3 - "$@" <<'PY'
import json, sys
import jsonschema
schema, document = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(document)
PY
}

status 3 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$dir/scan.json" --quiet
"$VIGIE" findings $state --all --format json --output "$dir/findings.json"
one() { jq -r "[.findings[] | select($1)][0].id" "$dir/findings.json"; }

# ---- roles and duties in JSON -----------------------------------------------------------------------------
ok "what would change it is there for every resource" query "$dir/scan.json" '[.resources[] | select(.service_type != null)] | length > 50 and all(.[]; (.conditions | length) > 0)'
ok "a general service with a purpose of Annex III, or none, says so" query "$dir/scan.json" '[.resources[] | select(.service_type == "ai-api") | .conditions[] | select(.reason == "purpose-change")] | length > 0 and all(.[]; (.on == ["ai-act-purpose"] and .customer == "provider") or .state == "holds")'
ok "a fine-tuned model is never said to make a provider of models" query "$dir/scan.json" '[.resources[].gpai_modifier] | (any(. != null)) and all(. == null or . == "unlikely" or . == "unknown")'
ok "each duty has its date" query "$dir/scan.json" '[.resources[].duties[]] | all((.state == "not-dated") == (.applies_from == null)) and all((.state == "upcoming") == (.in_days != null))'

# ---- the matrix -------------------------------------------------------------------------------------------
status 0 "$VIGIE" duties $state --format json --output "$dir/duties.json"
ok "the matrix is what its schema says" schema config/schema/duties.schema.json "$dir/duties.json"
ok "it counts every resource" test "$(jq '[.responsibilities[].resources] | add' "$dir/duties.json")" = "$(jq '.resources | length' "$dir/scan.json")"
ok "so do its scopes" query "$dir/duties.json" '.responsibilities | all(.resources == ([.scopes[].resources] | add))'
ok "every resource has a role on either side" query "$dir/duties.json" '.responsibilities | all(.resources == ([.cloud.roles[].resources] | add) and .resources == ([.customer.roles[].resources] | add))'
ok "and it does not pass for whole" query "$dir/duties.json" '.scan.complete == false'
status 0 "$VIGIE" duties $state --provider ovh --format markdown
ok "Markdown for one provider" sh -c "grep -q '^| .*Art. 25.4' '$dir/out' && ! grep -q 'aws ' '$dir/out'"
ok "that says what it lacks" grep -q "Not everything could be read" "$dir/out"
status 0 "$VIGIE" duties $state
ok "a table" grep -q "AI Act, Art. 50 (transparency): in application since 2026-08-02" "$dir/out"

# ---- explanations -----------------------------------------------------------------------------------------
status 0 "$VIGIE" explain "$(one '.rule == "GOV-008" and .verdict == "fail"')" $state
ok "the sum of a severity" grep -q "one step down: it rests on the AI Act alone, in a provision that applies from 2027-12-02" "$dir/out"
ok "what would change it" grep -q "the date: from 2027-12-02, one step up" "$dir/out"
ok "the article in words" grep -q "AI Act, Art. 11: *technical documentation\. " "$dir/out"
ok "evidence with time and digest" grep -Eq '\[0\] [0-9-]+T[0-9:]+Z .* sha256:[0-9a-f]{64}' "$dir/out"
status 0 "$VIGIE" explain "$(one '.rule == "LOC-003" and .verdict == "unknown"')" $state
ok "the step for what is not known" grep -q "one step down: it could not be determined" "$dir/out"
status 0 "$VIGIE" explain mlaas $state
ok "a service type, and how many there are" grep -q "aws: [0-9]" "$dir/out"
status 0 "$VIGIE" explain aws.bedrock.guardrail $state
ok "a collector, and where it was refused" grep -q "could not be read: .*us-east-1: denied" "$dir/out"
status 2 "$VIGIE" explain generateur-campagne $state
ok "the nearest name of a resource" grep -q "did you mean 'generateur-campagnes'" "$dir/err"

# ---- no English in French -----------------------------------------------------------------------------------
french() { status "$1" env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" "${@:2}" && cat "$dir/out" >>"$dir/french"; }
french 3 scan --config "$dir/vigie.yaml" $state
french 0 findings $state
french 0 status $state
french 0 duties $state
french 0 duties $state --format markdown
french 0 coverage $state
ok "why a list was not read" grep -q "ce qui le nomme n'a pas été lu en entier" "$dir/out"
status 0 env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" coverage $state --format markdown
ok "in Markdown, too" grep -q "rien n'y est interrogé" "$dir/out"
status 3 env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" scan --config "$dir/vigie.yaml" $state --format html --output "$dir/page.html" --quiet
ok "and on the page" sh -c "grep -q 'ce qui le nomme n.*a pas été lu en entier' '$dir/page.html' && ! grep -q 'what names it was not all read' '$dir/page.html'"
for word in mlaas ai-api iaas foundation-model aws.bedrock.guardrail gcp.vertex.endpoint; do french 0 explain $word $state; done
for rule in $(jq -r '[.findings[].rule] | unique[]' "$dir/findings.json"); do french 0 explain "$rule" $state; done
for id in $(jq -r '.findings | group_by(.rule + .verdict)[] | .[0].id' "$dir/findings.json"); do french 0 explain "$id" $state; done
for id in $(jq -r '.resources | group_by(.service_type)[] | .[0].id' "$dir/scan.json"); do french 0 explain "$id" $state; done
# commands to type, what providers and the engine answered, ids and sources are as they are
sed -E 's/`[^`]*`//g; s/“[^”]*”//g; s/ai-act-[a-z-]+(=[a-z-]+)?//g; s/not-(required|facing)|high-risk//g; s/[a-z]+\.[a-z_.]+//g' "$dir/french" |
        grep -vE 'Exception|NOT_FOUND|not_found|Denied|DENIED|Failed|Forbidden|Permission |denies|(source|notes?|non vérifié|exploitant|opérateur|statut) :|^  [a-z_.]+ = ' |
        grep -nwE "the|and|with|which|whose|were|was|cannot|could|should|from|until|this|these|there|have|has|been|nothing|denied|skipped|collected|applies|is|not|for|high|medium|duties|severity|cause|none of|of the|unknown \(" >"$dir/english" || true
test ! -s "$dir/english" || sort -u -k2 "$dir/english" | head -20 >&2
ok "no English in what is read in French" test ! -s "$dir/english"
finish
