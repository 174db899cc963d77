# What is granted is proven alike for every provider whose world takes a list of actions: sourced by the tests of permissions, which define start LIST
# (a cloudsim whose identity may do these and nothing else) and leave what is granted in $dir/actions, one a line.

# grants_scan FILE: an exit status for findings or for what is missing is none of an error.
grants_scan() {
        local got=0
        rm -rf "$dir/state"
        "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --format json --output "$1" >/dev/null 2>"$dir/err" || got=$?
        [ $got -eq 0 ] || [ $got -ge 3 ] || { cat "$dir/err" >&2; fail "the scan could not run: $got"; }
}
grants_denied() { jq -r '[.coverage[] | select(.state == "denied")] | .[].collector' "$1" | sort -u; }
grants_unread() { jq -r '[.coverage[] | select(.state != "ok" and .state != "absent" and .state != "off")] | .[].collector' "$1" | sort -u; }
# the kinds one of whose calls needs it; and those that surely asked it: by their list, or for what they found
grants_needing() { jq -r --arg a "$1" '.[] | select(any(.calls[]; .permission == $a)).kind' "$dir/list.json" | sort; }
grants_asking() { jq -r --arg a "$1" --slurpfile scan "$dir/scan.json" '([$scan[0].resources[].kind] | unique) as $found | ([$scan[0].coverage[] | select(.calls > 0).collector] | unique) as $asked
        | .[] | select(.kind | IN($asked[])) | select(.calls[0].permission == $a or (any(.calls[]; .permission == $a) and (.kind | IN($found[])))).kind' "$dir/list.json" | sort; }

# grants_prove WHO: with exactly what is granted all is read; WHO is the counter's name of the identity.
grants_prove() {
        start "$(jq -Rsc 'split("\n") | map(select(. != ""))' "$dir/actions")"
        grants_scan "$dir/scan.json"
        ok "nothing is denied" test -z "$(grants_denied "$dir/scan.json")"
        ok "everything has an answer" test -z "$(grants_unread "$dir/scan.json")"
        ok "the scan is complete" query "$dir/scan.json" '.scan.complete and (.coverage | length > 50)'
        control GET actions | jq -r '.[] | keys[]' | sort -u >"$dir/used"
        ok "every action is used" test -z "$(comm -13 "$dir/used" "$dir/actions" | tee -a /dev/stderr)"
}

# grants_without ACTION: exactly the collectors that need it are without an answer, and it is named.
grants_without() {
        start "$(jq -Rsc --arg a "$1" 'split("\n") | map(select(. != "" and . != $a))' "$dir/actions")"
        grants_scan "$dir/less.json"
        ok "without $1 some say denied" test -n "$(grants_denied "$dir/less.json")"
        ok "without $1 only those that need it do" test -z "$(comm -23 <(grants_denied "$dir/less.json") <(grants_needing "$1"))"
        ok "without $1 all of them are without an answer" test -z "$(comm -13 <(grants_unread "$dir/less.json") <(grants_asking "$1"))"
        ok "without $1 it is named" query "$dir/less.json" "[.coverage[] | select(.state == \"denied\").permission] | unique == [\"$1\"]"
        ok "without $1 the scan is not complete" query "$dir/less.json" '.scan.complete == false'
}
