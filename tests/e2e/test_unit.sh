# The units: a sandbox as tight as will run, and nothing that systemd does not know.
. tests/e2e/lib.sh
build=$(dirname "$VIGIE")
sed 's|^ExecStart=/usr/bin/vigie|ExecStart=/bin/true|; s|^Exec\(Start\|Reload\)=kill|Exec\1=/bin/kill|' "$build/vigie.service" >"$dir/vigie.service"
sed 's|^ExecStart=/usr/bin/vigie|ExecStart=/bin/true|' "$build/vigie-report.service" >"$dir/vigie-report.service"
cp systemd/vigie-control.socket systemd/vigie-metrics.socket systemd/vigie-report.socket "$dir"
if command -v systemd-analyze >/dev/null; then
        for unit in vigie:1.5 vigie-report:0.6; do
                limit=${unit#*:}
                unit=${unit%:*}
                level=$(systemd-analyze security --offline=true --no-pager "$dir/$unit.service" 2>/dev/null | sed -n "s/.*Overall exposure level for $unit.service: \([0-9.]*\).*/\1/p")
                echo "exposure of $unit: $level"
                ok "exposure of $unit is $limit at most" awk -v l="$level" -v m="$limit" 'BEGIN { exit !(l != "" && l <= m) }'
        done
        systemd-analyze verify --man=no "$dir/vigie.service" "$dir/vigie-report.service" "$dir"/vigie-{control,metrics,report}.socket >"$dir/verify" 2>&1 || true
        ok "systemd knows every directive" sh -c "! grep -E 'vigie[-a-z]*\.(service|socket):[0-9]+:' '$dir/verify'"
fi
ok "no secret in the unit" sh -c "! grep -qiE 'Environment=.*(KEY|SECRET|TOKEN)' '$dir/vigie.service'"
finish
