# `make check-report`: the HTML report in a real browser (Chromium, headless): rendering, filters, sorting by its script, without it, on
# paper, in both languages, with 10,000 resources; and by a validator of its own (html-validate, from npm).
set -euo pipefail
BUILD=${BUILD:-build}
VIGIE=$BUILD/vigie
CLOUDSIM=$BUILD/cloudsim
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
start_cloudsim tests/worlds/demo
demo_config "$dir"
mkdir -p "$dir/registers"
cp config/examples/registers/*.yaml "$dir/registers/"
"$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --quiet >/dev/null 2>&1 || [ $? -ge 3 ]

browse() { # OPTION… URL: as a page of a file, with a profile of its own
        timeout 300 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$dir/profile" "$@" 2>"$dir/chromium.log"
}
shown() { # FILE ID: how many of how many the filter says that it shows
        python3 -c "import re, sys; print(re.search(r'data-for=\"$2\".*?<output[^>]*>([^<]*)<', open('$1').read(), re.S)[1])"
}
counted() { "$VIGIE" findings --state "$dir/state" --format json "${@}" | jq '.findings | length'; }

# ---- a validator ----------------------------------------------------------------------------------
tools=$BUILD/tools/html-validate
[ -x "$tools/node_modules/.bin/html-validate" ] || npm install --silent --no-audit --no-fund --prefix "$tools" html-validate@10.17.0 >/dev/null
printf '{"extends": ["html-validate:recommended"], "root": true}' >"$dir/.htmlvalidate.json"
for lang in en fr; do
        "$VIGIE" report --lang $lang --config "$dir/vigie.yaml" --state "$dir/state" --output "$dir/$lang.html"
        ok "valid HTML, accessible as far as a validator sees ($lang)" "$tools/node_modules/.bin/html-validate" --config "$dir/.htmlvalidate.json" "$dir/$lang.html"
        "$VIGIE" report --pack client --lang $lang --config "$dir/vigie.yaml" --state "$dir/state" --output "$dir/pack.$lang.html"
        ok "the pack for clients too ($lang)" "$tools/node_modules/.bin/html-validate" --config "$dir/.htmlvalidate.json" "$dir/pack.$lang.html"
done

# ---- the script -----------------------------------------------------------------------------------
for lang in en fr; do
        browse --dump-dom "file://$dir/$lang.html" >"$dir/$lang.dom"
        ok "its policy lets its own script run, which shows the filters ($lang)" sh -c "grep -q '<fieldset class=\"filters\" data-for=\"finding-rows\">' '$dir/$lang.dom'"
        ok "nothing is hidden before one is set ($lang)" test "$(shown "$dir/$lang.dom" finding-rows)" = "$(counted) / $(counted)"
done
ok "heads of tables are buttons" grep -q '<th scope="col"[^>]*><button type="button">' "$dir/en.dom"
browse --dump-dom "file://$dir/en.html#findings?v=unknown&s=high" >"$dir/filtered.dom"
wanted=$(counted --verdict unknown --severity high)
ok "a filter in the address shows what it names" test "$(shown "$dir/filtered.dom" finding-rows)" = "$wanted / $(counted)"
ok "and hides the rest" test "$(grep -o '<details class="f"[^>]*>' "$dir/filtered.dom" | grep -vc 'hidden=""')" = "$wanted"
browse --dump-dom "file://$dir/en.html#inventory?p=scaleway" >"$dir/filtered.dom"
ok "of the inventory too" test "$(shown "$dir/filtered.dom" inventory-rows)" = "$("$VIGIE" resources --state "$dir/state" --provider scaleway --format json | jq '.resources | length') / $("$VIGIE" resources --state "$dir/state" --format json | jq '.resources | length')"
browse --dump-dom "file://$dir/en.html#r-LOC-001" >"$dir/opened.dom"
ok "a link opens what it leads to" grep -q '<details class="rule" id="r-LOC-001" open="">' "$dir/opened.dom"
ok "the policy refused nothing of the page's own" sh -c "! grep -q 'Content Security Policy' '$dir/chromium.log'"

# ---- pictures, and paper --------------------------------------------------------------------------
for size in 1280,1000 400,1000; do
        browse --hide-scrollbars --window-size=$size --screenshot="$dir/$size.png" "file://$dir/fr.html"
        ok "it is drawn at $size" test "$(stat -c %s "$dir/$size.png")" -gt 20000
done
for lang in en fr; do
        browse --no-pdf-header-footer --print-to-pdf="$dir/$lang.pdf" "file://$dir/$lang.html"
        pdftotext "$dir/$lang.pdf" "$dir/$lang.txt"
        ok "on paper ($lang) there are the rules" grep -q 'LOC-001' "$dir/$lang.txt"
        ok "what is folded on a screen ($lang)" grep -q 'poc-photos-degats' "$dir/$lang.txt"
done
for file in en fr; do
        ok "where data goes is drawn ($file)" grep -q '<svg class="flow"' "$dir/$file.dom"
        ok "no label leaves its box ($file)" python3 - "$dir/$file.html" "$dir/$file.overflow.html" <<'PY'
import re, subprocess, sys, os
# measured by the browser itself: each text of the drawing beside the box that it stands in
page = open(sys.argv[1]).read()
page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', '', page)
probe = """<script>
const out = [];
for (const g of document.querySelectorAll('svg.flow g')) {
  const box = g.querySelector('rect').getBoundingClientRect();
  const texts = [...g.querySelectorAll('text')].map((t) => t.getBoundingClientRect());
  if (texts.some((t) => t.right > box.right + 1 || t.left < box.left - 1 || t.bottom > box.bottom + 1 || t.top < box.top - 1))
    out.push(g.querySelector('title').textContent);
}
document.title = 'overflow: ' + JSON.stringify(out);
</script>"""
open(sys.argv[2], 'w').write(page.replace('</body>', probe + '</body>'))
profile = os.path.join(os.path.dirname(sys.argv[2]), 'profile')
dom = subprocess.run(['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--user-data-dir=' + profile, '--dump-dom', 'file://' + sys.argv[2]], capture_output=True, text=True, timeout=300).stdout
title = re.search(r'<title>(overflow: .*?)</title>', dom, re.S)
print(title and title[1])
sys.exit(0 if title and title[1] == 'overflow: []' else 1)
PY
done
ok "the programme is on paper, and in both languages" sh -c "grep -q 'Compliance programme' '$dir/en.txt' && grep -q 'Programme de mise en conformité' '$dir/fr.txt'"
ok "the names of the drawing, too" grep -q 'its own logs go to' "$dir/en.txt"
browse --no-pdf-header-footer --print-to-pdf="$dir/pack.pdf" "file://$dir/pack.en.html"
pdftotext -layout "$dir/pack.pdf" "$dir/pack.txt"
ok "the pack on paper, from its first section to its last" sh -c "grep -q 'Who answers for what' '$dir/pack.txt' && grep -q 'What is not known' '$dir/pack.txt'"
ok "the policy refused nothing of the pack's own" sh -c "! grep -q 'Content Security Policy' '$dir/chromium.log'"
ok "reasons, in English" grep -q 'evidence collected indicates' "$dir/en.txt"
ok "and in French" grep -q 'éléments collectés indiquent' "$dir/fr.txt"

# ---- 10,000 resources -----------------------------------------------------------------------------
for pid in "${pids[@]}"; do kill "$pid" && wait "$pid" || true; done
pids=()
cat >"$dir/world.yaml" <<'YAML'
world: many
synthetic:
  accounts: 10
  regions: 2
  per_collector: 500
  role: vigie-read
  operations:
    sagemaker:
      ListPipelines: {item: {PipelineName: "p-{i}", PipelineArn: "arn:aws:sagemaker:{region}:{account}:pipeline/p-{i}", CreationTime: 1757000000, LastModifiedTime: 1757000600}}
YAML
start_cloudsim "$dir/world.yaml"
export AWS_ACCESS_KEY_ID=AKIASYNTHETIC0000000 AWS_SECRET_ACCESS_KEY='synthetic/secret/of/the/bench+0000000000' AWS_SHARED_CREDENTIALS_FILE=/dev/null
cat >"$dir/many.yaml" <<YAML
accounts:
  - {name: many, provider: aws, organization: {role: vigie-read}, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}
limits: {requests_per_second: 1000000, pages: 100000}
YAML
"$VIGIE" scan --config "$dir/many.yaml" --state "$dir/many" --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
"$VIGIE" report --state "$dir/many" --output "$dir/many.html"
ok "10,000 resources are each in it" test "$(grep -c '^<tr data-p=' "$dir/many.html")" -ge 10000
browse --dump-dom "file://$dir/many.html#inventory?q=p-0000499" >"$dir/many.dom"
ok "and a filter finds one of each place" test "$(shown "$dir/many.dom" inventory-rows | cut -d' ' -f1)" = 20
finish
