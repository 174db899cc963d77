# The units: a sandbox as tight as will run, and nothing that systemd does not know.
. tests/e2e/lib.sh
build=$(dirname "$VIGIE")
sed 's|^ExecStart=/usr/bin/vigie|ExecStart=/bin/true|; s|^Exec\(Start\|Reload\)=kill|Exec\1=/bin/kill|' "$build/vigie.service" >"$dir/vigie.service"
cp systemd/vigie-control.socket systemd/vigie-metrics.socket "$dir"
if command -v systemd-analyze >/dev/null; then
        level=$(systemd-analyze security --offline=true --no-pager "$dir/vigie.service" 2>/dev/null | sed -n 's/.*Overall exposure level for vigie.service: \([0-9.]*\).*/\1/p')
        echo "exposure: $level"
        ok "exposure is 1.5 at most" awk -v l="$level" 'BEGIN { exit !(l != "" && l <= 1.5) }'
        systemd-analyze verify --man=no "$dir/vigie.service" "$dir/vigie-control.socket" "$dir/vigie-metrics.socket" >"$dir/verify" 2>&1 || true
        ok "systemd knows every directive" sh -c "! grep -E '(vigie\.service|vigie-[a-z]+\.socket):[0-9]+:' '$dir/verify'"
fi
ok "no secret in the unit" sh -c "! grep -qiE 'Environment=.*(KEY|SECRET|TOKEN)' '$dir/vigie.service'"
finish
