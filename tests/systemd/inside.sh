# Runs inside the container that container.sh boots, as root: the package, the unit and the daemon under a real systemd.
set -euo pipefail
cd /opt/check
passed=0
fail() {
        echo "FAILED: $*"
        systemctl status vigie --no-pager -l -n 30 2>&1 | tail -45 || true
        exit 1
}
ok() { # DESCRIPTION COMMAND…
        local what=$1
        shift
        "$@" || fail "$what: $*"
        passed=$((passed + 1))
}
until_true() { # DESCRIPTION COMMAND…
        local what=$1 n=0
        shift
        until "$@"; do
                n=$((n + 1))
                [ $n -lt 600 ] || fail "never: $what"
                sleep 0.1
        done
        passed=$((passed + 1))
}
step() { echo "-- $*"; }
active() { [ "$(show ActiveState)" = active ]; }
show() { systemctl show -P "$1" vigie; }
journal() { journalctl -q --no-pager -o json "$@"; }
has() { journal VIGIE_ACCOUNT=prod | jq -se "[.[] | select($1)] | length > 0" >/dev/null; }
says() { grep -q -- "$1" <(journalctl -q --no-pager -o cat -u vigie); }
query() { sqlite3 -readonly /var/lib/vigie/vigie.db "$1" 2>/dev/null || echo 0; }
control() { curl -fsS -X "$1" ${3:+--data "$3"} "http://127.0.0.1:$(cat /opt/check/http-port)/_cloudsim/$2"; }
drop_in() { # NAME: what the unit gets beside the package's, from standard input
        mkdir -p /etc/systemd/system/vigie.service.d
        cat >"/etc/systemd/system/vigie.service.d/$1.conf"
        systemctl daemon-reload
}

# ---- the package ----------------------------------------------------------------------------------
step "the package"
ok "it installs" dpkg -i vigie.deb
ok "the unit is known" sh -c "systemctl cat vigie.service >/dev/null"
ok "it is not enabled" test "$(systemctl is-enabled vigie 2>/dev/null || true)" = disabled
ok "it is not started" test "$(systemctl is-active vigie || true)" = inactive
ok "its journal catalogue is read" sh -c 'journalctl --list-catalog 2>/dev/null | grep -q 3d3d6d99412b434192fd585d0e9a7af6'
ok "the configuration is a conffile" sh -c 'dpkg-query -W -f "\${Conffiles}" vigie | grep -q /etc/vigie/vigie.yaml'
for page in $(dpkg -L vigie | grep '/man/man[0-9]/.*\.gz$'); do
        ok "manual page $page" man --warnings -l "$page" >/dev/null
done
exposure=$(systemd-analyze security vigie --no-pager | sed -n 's/.*Overall exposure level for vigie.service: \([0-9.]*\).*/\1/p')
echo "   exposure $exposure"
ok "its sandbox is tight: exposure 1.5 or less" awk "BEGIN { exit !(\"$exposure\" != \"\" && $exposure <= 1.5) }"

# ---- a cloud to watch -----------------------------------------------------------------------------
systemd-run -q --unit=cloudsim /opt/check/cloudsim --world /opt/check/world --listen 127.0.0.1:0 --port-file /opt/check/port \
        --tls-dir /opt/check/tls --http-listen 127.0.0.1:0 --http-port-file /opt/check/http-port
until_true "cloudsim listens" test -s /opt/check/http-port
install -m 644 /opt/check/tls/ca.pem /etc/vigie/ca.pem
port=$(cat /opt/check/port)
secret='small/world/secret/key+not/a/real/one000'
write_config() { # FURTHER LINES
        printf '%s\n' "interval: 1s" "alerts: {digest_above: 1000000}" "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}" "accounts:" \
                "  - {name: prod, provider: aws, network: {connect_to: \"127.0.0.1:$port\", ca_file: /etc/vigie/ca.pem}}" "$@" >/etc/vigie/vigie.yaml
}

step "credentials that are not there"
write_config
systemctl start vigie || { journalctl --no-pager -n 40; fail "it must start, and say what is missing"; }
until_true "missing credentials are told" says 'credentials'
ok "and it stays" test "$(show ActiveState)" = active
systemctl stop vigie

step "credentials through systemd"
install -d -m 700 /etc/vigie/credentials
printf 'AKIASMALLWORLD000001' >/etc/vigie/credentials/prod.access_key_id
printf '%s' "$secret" | systemd-creds encrypt --with-key=host --name=prod.secret_access_key - /etc/vigie/credentials/prod.secret_access_key
chmod 600 /etc/vigie/credentials/*
drop_in credentials <<'UNIT'
[Service]
LoadCredential=prod.access_key_id:/etc/vigie/credentials/prod.access_key_id
LoadCredentialEncrypted=prod.secret_access_key:/etc/vigie/credentials/prod.secret_access_key
UNIT
ok "vigie check has them as the unit has" systemd-run -q --pipe --wait -p LoadCredential=prod.access_key_id:/etc/vigie/credentials/prod.access_key_id \
        -p LoadCredentialEncrypted=prod.secret_access_key:/etc/vigie/credentials/prod.secret_access_key vigie check >check.out
ok "and finds them accepted" grep -q prod check.out
ok "systemctl start returns once it is ready" systemctl start vigie
ok "and it is" test "$(show ActiveState)/$(show SubState)" = active/running
ok "it runs as nobody in particular" test "$(stat -c %u "/proc/$(show MainPID)")" -ge 61184
until_true "a finding comes out of the journal" has '.VIGIE_RULE == "LOG-003" and .VIGIE_VERDICT == "fail"'
ok "with message id, priority and place" has '.VIGIE_RULE == "LOG-003" and (.MESSAGE_ID | length) == 32 and (.PRIORITY | tonumber) >= 2 and .VIGIE_SCOPE == "111122223333" and .VIGIE_REGION == "eu-west-3" and ._SYSTEMD_UNIT == "vigie.service"'
ok "journalctl -x teaches" sh -c 'journalctl -q --no-pager -x -u vigie | grep -q "vigie explain"'
localedef -i fr_FR -f UTF-8 fr_FR.UTF-8
ok "in French too" sh -c 'LC_ALL=fr_FR.UTF-8 journalctl -q --no-pager -x -u vigie | grep -q "Un constat"'
until_true "its status tells the next scan" sh -c 'systemctl show -P StatusText vigie | grep -q "next scan"'
ok "the state is the service's own" test "$(stat -c %a /var/lib/private/vigie)" = 700
ok "the secret is in no log" sh -c "! journalctl -q --no-pager -o json | grep -qF 'small/world/secret'"
ok "nor in the state" sh -c "! grep -rqF 'small/world/secret' /var/lib/private/vigie"
ok "nor in what everybody sees of the process" sh -c "! tr '\\0' '\\n' </proc/\$(systemctl show -P MainPID vigie)/cmdline | grep -qF 'small/world/secret'"

# ---- reload -----------------------------------------------------------------------------------------
step "reload"
pid=$(show MainPID)
write_config "  - {name: essai, provider: scaleway, network: {connect_to: \"127.0.0.1:$port\", ca_file: /etc/vigie/ca.pem}}"
ok "a good configuration is taken" systemctl reload vigie
until_true "and in force" says 'new configuration'
until_true "its account is asked" sh -c 'journalctl -q --no-pager VIGIE_ACCOUNT=essai | grep -q .'
echo 'intervall: 3s' >>/etc/vigie/vigie.yaml
ok "a bad one: reload returns" systemctl reload vigie
until_true "its place is told" says "vigie.yaml:[0-9]*:[0-9]*: unknown key 'intervall'"
mkdir -p /etc/vigie/rules
printf 'rules:\n  - id: LOG-003\n    nonsense: 1\n' >/etc/vigie/rules/logging.yaml
write_config
ok "bad rules: reload returns" systemctl reload vigie
until_true "their place is told" says 'rules/logging.yaml:[0-9]*:[0-9]*: '
rm -r /etc/vigie/rules
ok "the same process goes on" test "$(show MainPID)" = "$pid"
ok "and scans" sh -c 'n=$(sqlite3 -readonly /var/lib/vigie/vigie.db "select count(*) from scan"); for i in $(seq 100); do sleep 0.2; [ $(sqlite3 -readonly /var/lib/vigie/vigie.db "select count(*) from scan") -gt $((n + 1)) ] && exit 0; done; exit 1'
ok "reload back" systemctl reload vigie

step "a secret that is renewed on disk"
install -d /etc/vigie/aws
keys() { # SECRET: in the file that AWS's own tools read
        printf '[tourne]\naws_access_key_id = AKIASMALLWORLD000001\naws_secret_access_key = %s\n' "$1" >/etc/vigie/aws/new
        chmod 644 /etc/vigie/aws/new
        mv /etc/vigie/aws/new /etc/vigie/aws/credentials
}
keys 'no/longer/the/secret+that/is/accepted00'
drop_in aws <<'UNIT'
[Service]
Environment=AWS_SHARED_CREDENTIALS_FILE=/etc/vigie/aws/credentials AWS_CONFIG_FILE=/dev/null
UNIT
write_config "  - {name: tourne, provider: aws, profile: tourne, network: {connect_to: \"127.0.0.1:$port\", ca_file: /etc/vigie/ca.pem}}"
systemctl restart vigie
of_account() { journal VIGIE_ACCOUNT=tourne | jq -se "[.[] | select($1)] | length > 0" >/dev/null; }
until_true "the old one fails, and that is told" of_account '.MESSAGE_ID == "4e3674c98e734ffaba12fafca5fa0db3"'
pid=$(show MainPID)
keys "$secret"
until_true "the new one is used by the next scan" of_account '.VIGIE_RULE == "LOG-003"'
ok "without restart or reload" test "$(show MainPID)" = "$pid"
ok "neither is in a log" sh -c "! journalctl -q --no-pager -o json | grep -qF -e 'small/world/secret' -e 'no/longer/the/secret'"
rm /etc/systemd/system/vigie.service.d/aws.conf
systemctl daemon-reload
write_config
systemctl restart vigie
until_true "it watches again" active

# ---- snapshots --------------------------------------------------------------------------------------
step "snapshots by a timer"
mkdir -p /etc/systemd/system/vigie-snapshot.timer.d
printf '[Timer]\nRandomizedDelaySec=0\n' >/etc/systemd/system/vigie-snapshot.timer.d/now.conf
systemctl daemon-reload
mkdir -p /var/lib/systemd/timers
touch -d '3 days ago' /var/lib/systemd/timers/stamp-vigie-snapshot.timer # the machine was off when it should have run
ok "the timer starts" systemctl enable -q --now vigie-snapshot.timer
until_true "what fell due meanwhile is made up for" sh -c 'ls -d /var/lib/private/vigie/snapshots/2*Z >/dev/null 2>&1'
until_true "by a service that ends" sh -c '[ "$(systemctl show -P ActiveState vigie-snapshot)" != activating ] && [ "$(systemctl show -P Result vigie-snapshot)" = success ]'
ok "the snapshot is whole" vigie verify /var/lib/private/vigie/snapshots >/dev/null
ok "it was told" sh -c 'journalctl --sync; journalctl -q --no-pager MESSAGE_ID=0a9d7c5ee1b84f33a6c2b1f05c1d7e94 | grep -q Snapshot'
ok "the daemon's state is still the daemon's" sh -c '[ "$(stat -c %u /var/lib/private/vigie/vigie.db)" = "$(stat -c %u /proc/$(systemctl show -P MainPID vigie))" ]'
ok "and it scans on" test "$(show ActiveState)" = active
exposure=$(systemd-analyze security vigie-snapshot --no-pager | sed -n 's/.*Overall exposure level for vigie-snapshot.service: \([0-9.]*\).*/\1/p')
ok "its sandbox is tight too ($exposure)" awk "BEGIN { exit !(\"$exposure\" != \"\" && $exposure <= 1.5) }"

# ---- the report over HTTP ----------------------------------------------------------------------------
step "the report by its socket"
ok "the socket listens" systemctl enable -q --now vigie-report.socket
ok "nothing runs for it yet" test "$(systemctl is-active vigie-report.service || true)" = inactive
report() { curl -sS -m 60 --unix-socket /run/vigie-report -o report.out -w '%{http_code}' "http://localhost$1"; }
ok "it is started when somebody asks" test "$(report /report.json)" = 200
ok "and reads what the daemon writes" jq -e '.resources | length > 0' report.out >/dev/null
ok "the page" test "$(report /)" = 200
ok "the history" test "$(report /history)" = 200
ok "of a group at most" test "$(stat -c %a /run/vigie-report)" = 660
ok "as nobody in particular" test "$(stat -c %u "/proc/$(systemctl show -P MainPID vigie-report)")" -ge 61184
ok "the daemon scans on" test "$(show ActiveState)" = active
ok "it ends in order" systemctl stop vigie-report.service
ok "with success" test "$(systemctl show -P Result vigie-report)" = success
ok "and comes again" test "$(report /history.json)" = 200
exposure=$(systemd-analyze security vigie-report --no-pager | sed -n 's/.*Overall exposure level for vigie-report.service: \([0-9.]*\).*/\1/p')
ok "its sandbox is tight ($exposure)" awk "BEGIN { exit !(\"$exposure\" != \"\" && $exposure <= 0.6) }"

# ---- watchdog ---------------------------------------------------------------------------------------
step "watchdog"
drop_in watchdog <<'UNIT'
[Unit]
StartLimitIntervalSec=0
[Service]
WatchdogSec=2s
RestartSec=100ms
Restart=always
UNIT
systemctl restart vigie
sleep 5
ok "a loop that makes progress is let alone" test "$(show NRestarts)" = 0
pid=$(show MainPID)
kill -STOP "$pid"
until_true "one that hangs is replaced" sh -c "[ \"\$(systemctl show -P NRestarts vigie)\" -ge 1 ] && [ \"\$(systemctl show -P ActiveState vigie)\" = active ] && [ \"\$(systemctl show -P MainPID vigie)\" != $pid ]"
ok "and systemd says why" sh -c 'journalctl -q --no-pager -u vigie | grep -qi watchdog'

# ---- kill -9 ------------------------------------------------------------------------------------------
step "kill -9 at fifty random instants"
drop_in watchdog <<'UNIT'
[Unit]
StartLimitIntervalSec=0
[Service]
WatchdogSec=20s
RestartSec=20ms
Restart=always
UNIT
systemctl restart vigie
kills=0
while [ $kills -lt 50 ]; do
        # the world changes, so that there is something to tell
        if [ $((kills % 2)) = 0 ]; then
                control POST faults '{"match": {"operation": "ListEndpoints"}, "do": {"status": 503}}' >/dev/null
        else
                control DELETE faults >/dev/null
        fi
        n=0
        until active || [ $((n += 1)) -gt 100 ]; do sleep 0.02; done
        sleep "$((RANDOM % 2)).$((RANDOM % 90 + 10))"
        pid=$(show MainPID)
        if [ "$pid" -gt 0 ] && kill -9 "$pid" 2>/dev/null; then
                kills=$((kills + 1))
        fi
done
control DELETE faults >/dev/null
until_true "it is back" active
systemctl stop vigie
write_config
sed -i 's/^interval: .*/interval: 1h/' /etc/vigie/vigie.yaml
last=$(query 'select max(scan) from scan')
systemctl start vigie
vigie scan --daemon --quiet >/dev/null 2>&1 || true # the first by itself is spread out over minutes
until_true "it scans once more" sh -c "[ \"\$(sqlite3 -readonly /var/lib/vigie/vigie.db 'select count(*) from scan where finished is not null and scan > $last')\" -ge 1 ]"
until_true "everything was told in the end" sh -c '[ "$(sqlite3 -readonly /var/lib/vigie/vigie.db "select count(*) from event where sent is null")" = 0 ]'
systemctl stop vigie
journalctl --sync
ok "the store is whole" test "$(query 'pragma integrity_check')" = ok
# An event is its kind, what it is about and the scan it came from. Each in the store is in the journal; one is there twice only where a kill fell
# between the journal and the mark, so at most once a kill.
sqlite3 -readonly -json /var/lib/vigie/vigie.db "select json_extract(fields,'\$.scan') as scan, coalesce(json_extract(fields,'\$.finding'),'') as finding,
  coalesce(json_extract(fields,'\$.resource'),'') as resource, coalesce(json_extract(fields,'\$.collector'),'') as collector, coalesce(json_extract(fields,'\$.region'),'') as region,
  kind from event" | jq -r '.[] | select(.scan != null) | [.scan, .finding, .resource, .collector, .region] | join("|")' | sort >stored
# by identifier: journald no longer knows the unit of what a process sent just before it was killed
journal SYSLOG_IDENTIFIER=vigie | jq -r 'select(.VIGIE_SCAN != null) | [.VIGIE_SCAN, .VIGIE_FINDING // "", .VIGIE_RESOURCE // "", .VIGIE_COLLECTOR // "", .VIGIE_REGION // ""] | join("|")' | sort >told
echo "   $(wc -l <stored) events stored, $(wc -l <told) told"
ok "there was something to tell" test "$(wc -l <stored)" -ge 50
lost=$(sort -u stored | comm -23 - <(sort -u told) | wc -l)
[ "$lost" = 0 ] || sort -u stored | comm -23 - <(sort -u told)
ok "none was lost" test "$lost" = 0
invented=$(sort -u told | comm -13 <(sort -u stored) - | wc -l)
ok "none was made up" test "$invented" = 0
extra=$(($(wc -l <told) - $(wc -l <stored)))
ok "none is there twice beyond one a kill ($extra)" test "$extra" -le 50 -a "$extra" -ge 0

# ---- trouble on the machine -----------------------------------------------------------------------------
write_config
step "a state folder that cannot be written"
drop_in watchdog <<'UNIT'
[Service]
Restart=no
ReadOnlyPaths=/var/lib/private/vigie
UNIT
systemctl start vigie 2>/dev/null || true
until_true "it ends" sh -c '[ "$(systemctl show -P ActiveState vigie)" = failed ]'
ok "with status 1" test "$(show ExecMainStatus)" = 1
ok "and says where" says '/var/lib/.*vigie'
rm /etc/systemd/system/vigie.service.d/watchdog.conf
systemctl daemon-reload
systemctl reset-failed vigie

step "no network"
systemctl stop cloudsim
ok "it starts all the same" systemctl start vigie
until_true "what cannot be reached is told" sh -c 'journalctl -q --no-pager -u vigie --since=-30s | grep -qi "connect"'
ok "nothing is gone for that" test "$(query "select count(*) from resource where gone is not null")" = 0
systemctl reset-failed cloudsim 2>/dev/null || true
systemd-run -q --unit=cloudsim2 /opt/check/cloudsim --world /opt/check/world --listen "127.0.0.1:$port" --port-file /opt/check/port2 \
        --tls-dir /opt/check/tls --http-listen 127.0.0.1:0 --http-port-file /opt/check/http-port
until_true "it recovers by itself" sh -c 'sqlite3 -readonly /var/lib/vigie/vigie.db "select complete from scan where finished is not null order by scan desc limit 1" | grep -q 1'

# ---- ending -----------------------------------------------------------------------------------------------
step "stop, upgrade, purge"
pid=$(show MainPID)
ok "it can be upgraded" dpkg -i vigie.deb
ok "one that runs is restarted" test "$(show MainPID)" != "$pid"
until_true "it runs again" active
scans=$(query 'select count(*) from scan')
ok "with its state" test "$scans" -gt 2
ok "it stops in order" systemctl stop vigie
ok "status 0" test "$(show Result)/$(show ExecMainStatus)" = success/0
ok "it can be upgraded when it does not run" dpkg -i vigie.deb
ok "and is not started by that" test "$(show ActiveState)" = inactive
systemctl start vigie
ok "it can be removed while it runs" dpkg -r vigie
ok "the configuration is kept" test -s /etc/vigie/vigie.yaml
ok "a removed one does not run" sh -c '! pgrep -x vigie'
ok "the state is there" test -s /var/lib/private/vigie/vigie.db
rm -r /etc/systemd/system/vigie.service.d
ok "purge" dpkg -P vigie
for left in /etc/vigie /var/lib/vigie /var/lib/private/vigie /usr/share/vigie /usr/bin/vigie /lib/systemd/system/vigie.service; do
        ok "purge leaves no $left" test ! -e "$left"
done
echo "systemd: $passed passed, 0 failed"
