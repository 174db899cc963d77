# The daemon in trouble: no network at the start, a full disk, a folder that cannot be written, bad rules, credentials that change, a scan that takes too long.
. tests/e2e/lib.sh
. tests/e2e/daemon.sh
start_cloudsim tests/worlds/small
scan() { "$VIGIE" scan --daemon --quiet --state "$dir/state" "$@" >/dev/null 2>&1; }
code_of() { local code=0; "$@" || code=$?; echo $code; }

# a state folder that cannot be written: a clear error, exit 1
daemon_config 1h
touch "$dir/file"
status 1 "$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/file/state"
ok "it is named" grep -q "state folder $dir/file/state: " "$dir/err"
if [ "$(id -u)" -eq 0 ]; then # whom nothing stops but a file system that is read-only
        status 1 "$VIGIE" daemon --config "$dir/vigie.yaml" --state /proc/vigie
        ok "it is named" grep -q "/proc/vigie" "$dir/err"
fi

# no network at the start: ready, the scan tells, nothing is taken for empty; it recovers by itself
world_port=$port
port=1 # nobody listens there
daemon_config 2s
port=$world_port
start_daemon
until_true "ready without a network" test -S "$dir/state/control"
until_true "a scan ends" row_is "select count(*) > 0 from scan where finished is not null" 1
until_true "it is told" said "no provider answered: nothing could be read in this scan"
ok "nothing was read" row_is "select count(*) from pass where state = 0" 0
ok "the daemon goes on" kill -0 "$daemon"
stop_daemon
rm -rf "$dir/state"
cat >"$dir/relay.py" <<'PY' # a network that comes later: a relay to cloudsim
import socket, sys, threading
def pipe(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    near, _ = server.accept()
    far = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    for pair in ((near, far), (far, near)):
        threading.Thread(target=lambda p=pair: pipe(*p), daemon=True).start()
PY
free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
port=$free
daemon_config 2s
port=$world_port
start_daemon
until_true "a scan without a network" row_is "select count(*) > 0 from scan where finished is not null" 1
python3 "$dir/relay.py" "$free" "$port" 2>/dev/null &
pids+=($!)
until_true "it recovers by itself" row_is "select count(*) > 10 from pass where state = 0" 1
ok "and has found what is there" row_is "select count(*) > 0 from resource where gone is null" 1
stop_daemon
rm -rf "$dir/state"

# a disk that fills up: told, nothing lost that was there, the daemon goes on and recovers with the room
daemon_config 1h
start_daemon
until_true "it runs" test -S "$dir/state/control"
scan || true
findings=$(rows 'select count(*) from finding where closed is null')
prlimit --pid "$daemon" --fsize=4096:
kill -STOP "$daemon"; kill -CONT "$daemon"
ok "the scan says that it could not be carried out" test "$(code_of scan)" -eq 1
ok "the daemon goes on" kill -0 "$daemon"
until_true "told" said "the scan could not be carried out"
status 0 "$VIGIE" status --state "$dir/state"
ok "what was known is" row_is 'select count(*) from finding where closed is null' "$findings"
prlimit --pid "$daemon" --fsize=unlimited: 2>/dev/null || prlimit --pid "$daemon" --fsize=1073741824:
ok "with room again, it scans" test "$(code_of scan)" -eq 3

# what a reload reads is whole or refused: rules, catalogue, regions
mkdir -p "$dir/rules" "$dir/catalogue/aws" "$dir/regions"
refused() { # FILE WORDS
        kill -HUP "$daemon"
        until_true "$1 is refused with its place" sh -c "grep -q 'New configuration refused, the old one stays: .*$1:[0-9]*:[0-9]*: .*$2' '$dir/daemon.err' || journalctl -q --no-pager _PID=$daemon 2>/dev/null | grep -q 'refused, the old one stays: .*$1:[0-9]*:[0-9]*: .*$2'"
        rm -f "$dir/$1"
        ok "the watch goes on" test "$(code_of scan)" -eq 3
}
printf 'rules:\n  - {id: LOC-003, surprise: 1}\n' >"$dir/rules/loc.yaml"
refused rules/loc.yaml surprise
printf 'service: aws.sagemaker\nsurprise: 1\n' >"$dir/catalogue/aws/sagemaker.yaml"
refused catalogue/aws/sagemaker.yaml surprise
printf 'surprise: 1\n' >"$dir/regions/aws.yaml"
refused regions/aws.yaml surprise
stop_daemon

# credentials that change on disk are read by the next scan, without a reload
mkdir -p "$dir/secret"
printf '[default]\naws_access_key_id = AKIAOUTOFDATE0000001\naws_secret_access_key = gone/gone/gone/gone/gone/gone/gone/gone/gone\n' >"$dir/secret/credentials"
rm -rf "$dir/state"
start_daemon -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_SHARED_CREDENTIALS_FILE="$dir/secret/credentials"
until_true "it runs" test -S "$dir/state/control"
ok "old ones do not do" test "$(code_of scan)" -ne 0
ok "nothing was read with them" row_is "select count(*) from pass where state = 0" 0
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >"$dir/secret/credentials"
ok "new ones are used at once" test "$(code_of scan)" -eq 3
ok "with them it is read" row_is "select count(*) > 10 from pass where state = 0" 1
stop_daemon

# a scan that takes longer than it may: cut, recorded incomplete, told; nothing is gone for it
daemon_config 1h
sed -i 's/limits: {/limits: {scan_timeout: 2s, /' "$dir/vigie.yaml"
start_daemon
until_true "it runs" test -S "$dir/state/control"
control POST faults '{"match": {"operation": "DescribeEndpoint"}, "do": {"latency_ms": 20000}}' >/dev/null
control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"latency_ms": 20000}}' >/dev/null
ok "cut short, it is no clean scan" test "$(code_of scan --fail-on critical)" -eq 4
until_true "told" said "the scan took longer than limits.scan_timeout"
ok "recorded as incomplete" row_is "select complete from scan order by scan desc limit 1" 0
ok "nothing is gone" row_is "select count(*) from resource where gone is not null" 0
stop_daemon
finish
