# The HTML report by the command: where it goes, in which language, what it refuses; and the same in a snapshot. What a browser makes of
# it is `make check-report`.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/small
mkdir -p "$dir/etc"
small_config "$dir/etc"
vigie() { "$VIGIE" "$1" --config "$dir/etc/vigie.yaml" --state "$dir/state" "${@:2}"; }

status 1 vigie report --output "$dir/none.html" # there is no store
ok "and no page" test ! -e "$dir/none.html"
vigie scan --quiet >/dev/null 2>&1 || true

# ---- the page -------------------------------------------------------------------------------------
status 0 vigie report --output "$dir/report.html"
page=$dir/report.html
ok "the file's name makes it a page" grep -q '^<!DOCTYPE html>' "$page"
ok "in English" grep -q '<html lang="en">' "$page"
ok "that ends" grep -q '^</html>$' "$page"
ok "it fetches nothing" sh -c "! grep -qE '(src|href)=\"(https?:|//)|url\([^#]|@import' '$page'"
ok "and its policy allows nothing to be fetched" grep -q "Content-Security-Policy\" content=\"default-src 'none';" "$page"
for hash in style script; do # the policy names what is inside
        found=$(python3 -c "import base64, hashlib, re, sys; text = open('$page', newline='').read(); print(base64.b64encode(hashlib.sha256(re.search('<$hash>(.*?)</$hash>', text, re.S)[1].encode()).digest()).decode())")
        ok "the policy allows this $hash alone" grep -qF "$hash-src 'sha256-$found'" "$page"
done
ok "no attribute has style or script in it" sh -c "! grep -qE '<[^>]* (style|on[a-z]+)=' '$page'"
status 0 vigie report --format html
ok "to the terminal the same" cmp "$dir/out" "$page"
status 0 vigie report --format json --output "$dir/odd.html"
ok "a format that was asked for wins" query "$dir/odd.html" '.scan.id'
ok "each rule that has a verdict is in it" sh -c "for rule in \$('$VIGIE' findings --state '$dir/state' --all --format json | jq -r '.findings[].rule' | sort -u); do grep -q \"id=\\\"r-\$rule\\\"\" '$page' || exit 1; done"
ok "and each finding that is not met" sh -c "for id in \$('$VIGIE' findings --state '$dir/state' --format json | jq -r '.findings[].id'); do grep -q \"\$id\" '$page' || exit 1; done"
no_secrets 'small/world/secret'

# ---- languages ------------------------------------------------------------------------------------
status 0 vigie report --lang fr --output "$dir/fr.html"
ok "in French" grep -q '<html lang="fr">' "$dir/fr.html"
ok "in all of it" grep -q 'En une minute' "$dir/fr.html"
ok "numbers are as in English" test "$(grep -c 'class="f"' "$dir/fr.html")" = "$(grep -c 'class="f"' "$page")"
status 0 env LC_ALL=fr_FR.UTF-8 "$VIGIE" report --state "$dir/state" --lang en --output "$dir/en.html"
ok "English whatever the locale" cmp "$dir/en.html" "$page"
status 2 vigie report --lang de
ok "another is refused" grep -q "'de'" "$dir/err"

# ---- a part ---------------------------------------------------------------------------------------
status 0 vigie report --region eu-west-3 --output "$dir/part.html"
ok "a page of a part says so" grep -q 'limited to a part' "$dir/part.html"
status 2 vigie findings --format html
status 1 vigie report --output "$dir/none/report.html"
ok "a folder that is not there is named" grep -q "$dir/none/report.html" "$dir/err"

# ---- the programme ----------------------------------------------------------------------------------
section() { python3 -c "import re, sys; print(re.search(r'<section id=\"$2\".*?\n</section>\n', open('$1').read(), re.S)[0])"; }
section "$page" programme >"$dir/without"
ok "without a register the page says so" grep -q 'No register was given' "$dir/without"
ok "and how to give one" grep -q 'vigie report --config FILE' "$dir/without"
ok "at the top, too" grep -q '? no register was given' "$page"
ok "nothing is done for want of one" grep -q '<b>0 / 7</b> steps of the programme done' "$page"
mkdir -p "$dir/etc/registers"
cp config/examples/registers/*.yaml "$dir/etc/registers/"
status 0 vigie report --output "$dir/with.html"
section "$dir/with.html" programme >"$dir/with"
ok "with registers it does not" sh -c "! grep -q 'No register was given' '$dir/with'"
status 0 vigie programme --format json --output "$dir/programme.json"
ok "each entry is in it" sh -c "for id in \$(jq -r '.registers[].id' '$dir/programme.json'); do grep -q \">\$id<\" '$dir/with' || exit 1; done"
python3 - "$dir/programme.json" "$dir/with" <<'PY' || fail "the page has other numbers than vigie programme"
import html, json, re, sys
programme, page = json.load(open(sys.argv[1])), html.unescape(open(sys.argv[2]).read())
for i, step in enumerate(programme["steps"], 1):
    row = re.search(rf'<th scope="row">{i}\. {re.escape(step["title"])}</th>(.*?)</tr>', page, re.S)[1]
    cells = re.findall(r'<td class="n">([^<]*)</td>', row)
    want = ["?" if step["percent"] is None else f'{step["percent"]} %', f'{step["done"]} / {step["total"]}'] + [str(step[k]) for k in ("open", "unknown", "waived")]
    assert cells == want, (step["title"], cells, want)
    for gap in step["measures"][0]["missing"][:1]:
        assert gap["subject"] is None or gap["subject"] in page, gap
PY
passed=$((passed + 1))
status 0 vigie report --output "$dir/again.html"
ok "the same bytes again" cmp "$dir/again.html" "$dir/with.html"
status 0 vigie report --lang fr --output "$dir/fr.html"
ok "in French" grep -q 'Programme de mise en conformité' "$dir/fr.html"
status 0 "$VIGIE" report --state "$dir/state" --output "$dir/default.html"
ok "without that configuration its registers are not known" grep -q 'No register was given' "$dir/default.html"
status 0 vigie report --region eu-west-3 --output "$dir/part.html"
ok "beside a part the programme is of all" grep -q 'not of this part alone' "$dir/part.html"
status 0 vigie scan --format html --output "$dir/scan.html" --fail-on critical
ok "a scan's own page has it" grep -q 'entries in registers' "$dir/scan.html"
echo '  - {id: broken' >>"$dir/etc/registers/people.yaml"
status 2 vigie report --output "$dir/broken.html"
ok "registers that cannot be read are named" grep -q 'registers/people.yaml:' "$dir/err"
ok "and there is no page that passes them over" test ! -e "$dir/broken.html"
status 2 "$VIGIE" report --config "$dir/etc/none.yaml" --state "$dir/state" --output "$dir/broken.html"
status 0 vigie report --format json --output "$dir/report.json" # which needs none
cp config/examples/registers/people.yaml "$dir/etc/registers/"

# ---- in a snapshot --------------------------------------------------------------------------------
status 0 vigie snapshot --date 2026-11-01T03:00:00Z
status 0 vigie report --output "$dir/now.html"
ok "the page is in a snapshot" cmp "$dir/state/snapshots/2026-11-01T030000Z/report.html" "$dir/now.html"
finish
