# The machine's clock jumps by a day, forth and back, while the daemon runs: it goes on scanning, takes nothing for gone, and tells nothing that is not so.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
# the sanitizers' runtime has to come first, and does not bear another clock
if grep -q libasan <(ldd "$VIGIE"); then # no pipe: who reads no further makes the other fail
        echo "test_clock.sh: 0 passed, 0 failed, 1 skipped (built with sanitizers)"
        exit 0
fi
# shellcheck disable=SC2086 # may be a program and its argument
${CC:-cc} -shared -fPIC -D_GNU_SOURCE -o "$dir/clock.so" tests/support/preload/clock.c -ldl
start_cloudsim tests/worlds/small
daemon_config 1s
echo 0 >"$dir/offset"
start_daemon LD_PRELOAD="$dir/clock.so" CLOCK_OFFSET="$dir/offset"
until_true "a scan comes to its end" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan where complete = 1')\" -ge 2 ]"
resources=$(rows 'select count(*) from resource where gone is null')
ok "there is something to lose" test "$resources" -ge 3
verdicts() { rows 'select finding, verdict, severity from finding where closed is null order by finding' | cksum; }
before=$(verdicts)

jump() { # DESCRIPTION OFFSET
        local last
        last=$(rows 'select max(scan) from scan')
        echo "$2" >"$dir/offset"
        until_true "scans go on $1" sh -c "[ \"\$(sqlite3 '$dir/state/vigie.db' 'select count(*) from scan where complete = 1 and scan > $last + 1')\" -ge 2 ]"
        ok "nothing is gone $1" test "$(rows 'select count(*) from resource where gone is null')" = "$resources"
        ok "no verdict moved $1" test "$(verdicts)" = "$before"
        ok "the process lives $1" kill -0 "$daemon"
}
jump "a day later" 86400
ok "and are dated so" test "$(date -ud "@$(($(rows 'select max(started) from scan') / 1000000))" +%F)" = "$(date -ud '+1 day' +%F)"
jump "a day earlier" -86400
jump "in time again" 0
stop_daemon
finish
