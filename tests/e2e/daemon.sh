# Shared by the scripts that run the daemon, after lib.sh: a world, a configuration of one account, waiting.
export AWS_ACCESS_KEY_ID=AKIASMALLWORLD000001 AWS_SECRET_ACCESS_KEY='small/world/secret/key+not/a/real/one000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY RUNTIME_DIRECTORY CREDENTIALS_DIRECTORY NOTIFY_SOCKET LISTEN_FDS LISTEN_PID 2>/dev/null || true
account=essai-$$-$RANDOM # a field of this test's own

until_true() { # WHAT COMMAND…
        local what=$1 n=0
        shift
        until "$@" >/dev/null 2>&1; do
                n=$((n + 1))
                [ $n -lt 300 ] || { tail -20 "$dir/daemon.err" >&2; fail "never: $what"; }
                sleep 0.1
        done
        passed=$((passed + 1))
}

# daemon_config INTERVAL [LINE…]: writes $dir/vigie.yaml for the cloudsim that runs.
daemon_config() {
        local interval=$1
        shift
        {
                printf 'interval: %s\naccounts:\n  - {name: %s, provider: aws, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}}\n' "$interval" "$account" "$port" "$ca"
                printf 'limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}\n'
                printf '%s\n' "$@"
        } >"$dir/vigie.yaml"
}

# start_daemon [VARIABLE=VALUE…]: sets $daemon.
start_daemon() {
        env "$@" "$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/state" >"$dir/daemon.out" 2>"$dir/daemon.err" &
        daemon=$!
        pids+=($daemon)
}

# stop_daemon: it must end in order.
stop_daemon() {
        local code=0
        kill -TERM "$daemon"
        wait "$daemon" || code=$?
        ok "the daemon ends in order" test "$code" -eq 0
}

rows() { sqlite3 "$dir/state/vigie.db" "$1" 2>/dev/null; }
row_is() { [ "$(rows "$1")" = "$2" ]; }
said() { grep -qF -e "$1" "$dir/daemon.err"; }
