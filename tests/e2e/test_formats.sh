# The formats that other tools read, by validators that are not vigie's own: on the demo, on an account with nothing in it, and on names that want to break out.
. tests/e2e/lib.sh
build=$(dirname "$VIGIE")
schemas=$(sh tests/support/schemas.sh "$build")
promtool=$(sh tests/support/promtool.sh "$build")

pending=()
valid() { # NAME FORMAT FILE: now, or when checked() is called, which reads the schemas once for many
        case $2 in
        prometheus) ok "$1: $2" "$promtool" check metrics <"$3" ;;
        *) pending+=("$2:$3") ;;
        esac
}
checked() { # NAME: all that is pending
        ok "$1: ${#pending[@]} files" python3 tests/e2e/check_format.py "$schemas" "${pending[@]}"
        passed=$((passed + ${#pending[@]} - 1))
        pending=()
}
formats() { # NAME STATE: every format of every part
        local part format
        for format in csv ocsf oscal cyclonedx sarif prometheus markdown; do
                status 0 "$VIGIE" report --state "$2" --format "$format" --output "$dir/$1.$format"
                valid "$1" "$format" "$dir/$1.$format"
                "$VIGIE" report --state "$2" --format "$format" >"$dir/again"
                ok "$1: $format is the same twice" cmp -s "$dir/$1.$format" "$dir/again"
        done
        for part in "resources ocsf oscal cyclonedx markdown prometheus" "findings ocsf oscal sarif markdown prometheus" "coverage ocsf oscal markdown prometheus"; do
                for format in ${part#* }; do
                        status 0 "$VIGIE" "${part%% *}" --all --state "$2" --format "$format" --output "$dir/$1-${part%% *}.$format"
                        valid "$1 ${part%% *}" "$format" "$dir/$1-${part%% *}.$format"
                done
        done
        checked "$1"
}

# ---- the demo -------------------------------------------------------------------------------------------
start_cloudsim tests/worlds/demo
demo_config "$dir"
status 3 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/demo" --format ocsf --output "$dir/scan.ocsf" --quiet
valid "scan" ocsf "$dir/scan.ocsf"
formats demo "$dir/demo"
json=$dir/demo.json
"$VIGIE" report --state "$dir/demo" --format json --output "$json"
ok "the scan has what the report has" test "$(jq -s 'length' "$dir/scan.ocsf")" = "$(jq -s 'length' "$dir/demo.ocsf")"
for verdict in pass fail unknown waived; do
        n=$(jq "[.findings[] | select(.verdict == \"$verdict\")] | length" "$json")
        ok "$verdict is there" test "$n" -gt 0
        ok "OCSF has each $verdict" test "$(jq -s "[.[] | select(.unmapped.vigie.verdict == \"$verdict\")] | length" "$dir/demo.ocsf")" = "$n"
        ok "SARIF has each $verdict" test "$(jq "[.runs[0].results[] | select(.properties.verdict == \"$verdict\")] | length" "$dir/demo.sarif")" = "$n"
        ok "OSCAL has each $verdict" test "$(jq "[.\"assessment-results\".results[0].observations[] | select(any(.props[]; .name == \"verdict\" and .value == \"$verdict\"))] | length" "$dir/demo.oscal")" = "$n"
        ok "Prometheus counts each $verdict" test "$(awk "/^vigie_findings.*state=\"$verdict\"/ { n += \$2 } END { print n + 0 }" "$dir/demo.prometheus")" = "$n"
done
resources=$(jq '.resources | length' "$json")
unread=$(jq '[.coverage[] | select(.state as $s | ["ok", "off", "absent"] | index($s) | not)] | length' "$json")
ok "OCSF has each resource" test "$(jq -s '[.[] | select(.class_uid == 5023 and .resources)] | length' "$dir/demo.ocsf")" = "$resources"
ok "OCSF has each list that could not be read" test "$(jq -s '[.[] | select(.class_uid == 5023 and .status_id == 2)] | length' "$dir/demo.ocsf")" = "$unread"
ok "CycloneDX has each resource" test "$(jq '.services | length' "$dir/demo.cyclonedx")" = "$resources"
ok "CycloneDX is not complete" query "$dir/demo.cyclonedx" '.compositions[0].aggregate == "incomplete"'
ok "CycloneDX names models" query "$dir/demo.cyclonedx" '[.components[] | select(.type == "machine-learning-model")] | length > 10'
ok "CycloneDX shows data that leaves" query "$dir/demo.cyclonedx" 'any(.services[].data[]?; .classification == "inference" and any(.destination[]?; endswith(":global")))'
ok "SARIF has each list that could not be read" test "$(jq '.runs[0].invocations[0].toolExecutionNotifications | length' "$dir/demo.sarif")" = "$unread"
ok "OCSF knows whose account it is" query "$dir/demo.oscal" '."assessment-results".metadata.parties | length > 0'
ok "and which kind" test "$(jq -s -c '[.[].cloud | [.provider, .account.type_id]] | unique' "$dir/demo.ocsf")" = '[["AWS",10],["Azure",13],["GCP",11],["Hugging Face",99],["Mistral AI",99],["OVHcloud",99],["Replicate",99],["Scaleway",99]]'
lowdown -s -Thtml "$dir/demo.markdown" >"$dir/demo.html"
ok "Markdown renders as tables" test "$(grep -c '<table' "$dir/demo.html")" -ge 5
status 0 env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" report --state "$dir/demo" --format markdown --output "$dir/fr.md"
valid "French" markdown "$dir/fr.md"
ok "Markdown in French" grep -q "^## N'a pas pu être lu" "$dir/fr.md"
ok "and no heading in English" sh -c "! grep -qE '^## (Resources|Findings|Summary|Waivers|Could)' '$dir/fr.md'"

# ---- what has no form is refused -------------------------------------------------------------------------
status 2 "$VIGIE" resources --state "$dir/demo" --format sarif
ok "and says what there is" grep -q "'sarif' is none" "$dir/err"
status 2 "$VIGIE" findings --state "$dir/demo" --format cyclonedx
status 2 "$VIGIE" report --state "$dir/demo" --format ocfs
ok "and what was meant" grep -q "did you mean 'ocsf'" "$dir/err"
status 2 "$VIGIE" status --state "$dir/demo" --format ocsf
status 2 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/demo" --format ocsf --plan
status 2 "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/demo" --plan --format markdown
for format in ocsf oscal cyclonedx sarif prometheus markdown; do
        status 1 sh -c "exec '$VIGIE' report --state '$dir/demo' --format $format >/dev/full"
done

# a pipe or a device is written to, never replaced by a file
mkfifo "$dir/fifo"
cat "$dir/fifo" >"$dir/through" &
status 0 "$VIGIE" report --state "$dir/demo" --format prometheus --output "$dir/fifo"
wait $!
ok "the pipe is still there" test -p "$dir/fifo"
ok "and brought it all" cmp -s "$dir/through" "$dir/demo.prometheus"

# ---- nothing, and hostile names ---------------------------------------------------------------------------
synthetic() { # NAME PER_COLLECTOR OPERATIONS
        printf 'world: %s\nsynthetic:\n  accounts: 1\n  regions: 1\n  per_collector: %s\n  role: vigie-read\n  operations:\n    sagemaker:\n%s\n' "$1" "$2" "$3" >"$dir/$1.yaml"
        start_cloudsim "$dir/$1.yaml"
        printf 'accounts:\n  - {name: %s, provider: aws, regions: [eu-west-1], network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}}\nlimits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}\n' "$1" "$port" "$ca" >"$dir/$1.conf"
        "$VIGIE" scan --config "$dir/$1.conf" --state "$dir/$1" --quiet --format json --output "$dir/$1.json" --fail-on critical || [ $? -ge 3 ]
}
export AWS_ACCESS_KEY_ID=AKIASYNTHETIC0000000 AWS_SECRET_ACCESS_KEY='synthetic/secret/of/the/bench+0000000000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
synthetic empty 0 '      ListPipelines: {item: {PipelineName: "p-{i}", PipelineArn: "arn:aws:sagemaker:{region}:{account}:pipeline/p-{i}"}}'
ok "there is nothing, and lists were read" query "$dir/empty.json" '.resources == [] and any(.coverage[]; .collector == "aws.sagemaker.pipeline" and .state == "ok")'
formats empty "$dir/empty"

long=$(printf 'x%.0s' $(seq 256))
synthetic hostile 2 "      ListPipelines: {item: {PipelineName: \"=cmd|'/c'!A1 \\\"q\\\" </script><img src=x>|\`\\\\\\n\\e[31m é 😀 [x](y) {i}\", PipelineArn: \"arn:aws:sagemaker:{region}:{account}:pipeline/p-{i}\"}}
      ListTags: {by: ResourceArn, reply: {Tags: [{Key: \"</script>\", Value: \"a\\n\\\"b\\\"\"}, {Key: \"$long\", Value: \"$long\"}, {Key: blank, Value: \" \"}]}}"
ok "the names are there" query "$dir/hostile.json" '[.resources[] | select(.name | test("</script>"))] | length == 2'
formats hostile "$dir/hostile"
lowdown -s -Thtml "$dir/hostile.markdown" >"$dir/hostile.html"
ok "no element comes out of a name" sh -c "! grep -qE '<(script|img)|</script' '$dir/hostile.html'"
finish
