# What comes with the metrics: alert rules (each fires where it must and is silent where it must be) and a dashboard that asks for nothing else than
# what vigie publishes.
. tests/e2e/lib.sh
promtool=$(sh tests/support/promtool.sh "$(dirname "$VIGIE")")
ok "the alert rules are rules" "$promtool" check rules systemd/monitoring/vigie.rules.yaml >/dev/null
ok "and do what they say" "$promtool" test rules tests/monitoring/rules_test.yaml >/dev/null

published=$(grep -hoE '"vigie_[a-z_]+' daemon/report/families.c | grep -oE 'vigie_[a-z_]+' | sed 'p; s/_request_duration_seconds$/&_bucket/' | sort -u)
ok "vigie publishes something" test "$(wc -l <<<"$published")" -ge 10
for file in systemd/monitoring/vigie.rules.yaml systemd/monitoring/vigie-dashboard.json; do
        for name in $(grep -oE 'vigie_[a-z_]+' "$file" | sort -u); do
                grep -qxF "$name" <<<"$published" || fail "$file asks for $name, which is not published"
        done
        passed=$((passed + 1))
done
ok "the dashboard is JSON with panels" query systemd/monitoring/vigie-dashboard.json '(.panels | length) >= 10 and all(.panels[]; (.targets | length) > 0 and .title != "")'
# each expression is one that Prometheus understands
jq -r '{groups: [{name: "panels", rules: [.panels[].targets[] | {record: "panel:expression", expr: .expr}]}]}' systemd/monitoring/vigie-dashboard.json >"$dir/panels.json"
ok "its expressions are understood" "$promtool" check rules --lint=none "$dir/panels.json" >/dev/null
finish
