# `make demo`: Hexagone SAS, a company that does not exist, scanned as if it did. Leaves the JSON, the store and the configuration in
# $BUILD/demo.
set -euo pipefail
BUILD=${BUILD:-build}
VIGIE=$BUILD/vigie
CLOUDSIM=$BUILD/cloudsim
out=$BUILD/demo
language=${LC_ALL:-${LC_MESSAGES:-${LANG:-C}}}
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
export LC_ALL=$language
rm -rf "$out"
mkdir -p "$out"
start_cloudsim tests/worlds/demo
cp "$ca" "$out/ca.pem" # the configuration is read again when cloudsim and its folder are gone
ca=$out/ca.pem
demo_config "$out"

cat <<TEXT

Hexagone SAS, a mid-size insurer, has two AWS accounts, an Azure tenant, a Google Cloud organisation, a project at
OVHcloud, a Scaleway organisation, and what its teams have at Hugging Face, Replicate and Mistral. A local program
(cloudsim) plays their APIs; vigie asks them what AI runs where, as it would ask the real ones:

    vigie scan --config $out/vigie.yaml

TEXT
code=0
"$VIGIE" scan --config "$out/vigie.yaml" --state "$out/state" || code=$?
[ $code -le 4 ] && [ $code -ne 1 ] && [ $code -ne 2 ] || exit $code
LC_ALL=C "$VIGIE" scan --config "$out/vigie.yaml" --state "$out/state" --format json --output "$out/scan.json" --quiet || [ $? -ge 3 ]
cat <<TEXT

Exit status $code: $([ $code -eq 3 ] && echo "findings of severity high or above" || echo "see vigie(1)"). The same as JSON: $out/scan.json
Look further:
    $VIGIE findings --state $out/state --severity critical
    $VIGIE explain LOC-003 --state $out/state
    $VIGIE coverage --state $out/state
    $VIGIE programme --config $out/vigie.yaml --state $out/state
    $VIGIE report --config $out/vigie.yaml --state $out/state --output $out/report.html
    $VIGIE resources --state $out/state --provider scaleway
TEXT
