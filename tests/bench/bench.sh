# `make bench`: the budgets of the design against cloudsim's synthetic worlds, bar and figure side by side. Ratios compare two programs in one run on
# one machine. BENCH_RESOURCES (default 1000000) sets the size of the large inventory.
set -euo pipefail
BUILD=${BUILD:-build}
VIGIE=$BUILD/vigie
CLOUDSIM=$BUILD/cloudsim
large=${BENCH_RESOURCES:-1000000}
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
missed=0
in_flight=128

row() { # WHAT BAR FIGURE OK
        printf '%-62s %-24s %-34s %s\n' "$1" "$2" "$3" "$([ "$4" = 1 ] && echo met || echo MISSED)"
        [ "$4" = 1 ] || missed=$((missed + 1))
}
calc() { awk "BEGIN { print $* }"; }
at_most() { awk "BEGIN { print ($1 <= $2) ? 1 : 0 }"; }

# measured NAME COMMAND…: wall and CPU seconds, peak KiB, into $NAME.
measured() {
        local name=$1 pid peak=0 k
        shift
        TIMEFORMAT='%R %U %S'
        { time { "$@" >"$dir/$name.out" 2>"$dir/$name.err" & pid=$!
                while k=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$k" ]; do peak=$k; sleep 0.05; done
                wait "$pid" || true; }; } 2>"$dir/$name.time"
        read -r wall user system <"$dir/$name.time"
        printf '%s %s %s' "$wall" "$(calc "$user + $system")" "$peak" >"$dir/$name"
}
wall() { cut -d' ' -f1 "$dir/$1"; }
cpu_of() { cut -d' ' -f2 "$dir/$1"; }
peak() { cut -d' ' -f3 "$dir/$1"; }

# CPU seconds of one command, without the watching around it.
cpu() {
        TIMEFORMAT='%U %S'
        { time "$@" >"$dir/cpu.out" 2>"$dir/cpu.err" || true; } 2>"$dir/cpu.time"
        awk '{ print $1 + $2 }' "$dir/cpu.time"
}
counter() { control GET counters | jq -r ".$1"; }

# world ACCOUNTS REGIONS PER_COLLECTOR LATENCY_MS OPERATIONS: a synthetic world.
world() {
        cat >"$dir/world.yaml" <<YAML
world: bench
settings: {latency_ms: $4}
synthetic:
  accounts: $1
  regions: $2
  per_collector: $3
  role: vigie-read
  operations:
    sagemaker:
$5
YAML
        for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
        pids=()
        rm -f "$dir/port" "$dir/http-port"
        start_cloudsim "$dir/world.yaml"
        cat >"$dir/vigie.yaml" <<YAML
accounts:
  - name: bench
    provider: aws
    organization: {role: vigie-read}
    network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}
limits: {in_flight: $in_flight, per_account: $in_flight, requests_per_second: 1000000, pages: 100000, scan_timeout: 6h}
YAML
}
endpoints='      ListEndpoints: {item: {EndpointName: "e-{i}", EndpointArn: "arn:aws:sagemaker:{region}:{account}:endpoint/e-{i}", EndpointStatus: InService, CreationTime: 1757000000, LastModifiedTime: 1757000600}}
      DescribeEndpoint: {by: EndpointName, reply: {EndpointName: "{key}", EndpointConfigName: c, DataCaptureConfig: {EnableCapture: true, CaptureStatus: Started, CurrentSamplingPercentage: 100, DestinationS3Uri: "s3://bench/e"}}}
      ListTags: {by: ResourceArn, reply: {Tags: [{Key: ai-act-risk, Value: limited}, {Key: ai-act-owner, Value: team}]}}'
pipelines='      ListPipelines: {item: {PipelineName: "p-{i}", PipelineArn: "arn:aws:sagemaker:{region}:{account}:pipeline/p-{i}", CreationTime: 1757000000, LastModifiedTime: 1757000600}}'

export AWS_ACCESS_KEY_ID=AKIASYNTHETIC0000000 AWS_SECRET_ACCESS_KEY='synthetic/secret/of/the/bench+0000000000' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL 2>/dev/null || true
# the program itself, not a function of the shell: its memory is what is watched
scan=("$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --quiet --output "$dir/table.txt" --fail-on critical)
printf '%-62s %-24s %-34s\n' "what" "bar" "figure"

# ---- CPU per call: details of small replies, beside the curl tool on the same requests ---------------
world 1 1 2000 0 "$endpoints"
rm -rf "$dir/state"
vigie_cpu=$(cpu "${scan[@]}")
calls=$(counter requests)
control POST reset '' >/dev/null
again_cpu=$(cpu "${scan[@]}") # judges and reports the same, with next to no calls: the difference is what calls cost
again=$(counter requests)
details=$(control GET log | jq '[.[] | select(.operation == "DescribeEndpoint" or .operation == "ListTags")] | length')
for i in $(seq 0 1999); do
        [ "$i" -eq 0 ] || echo next
        printf 'url = "https://api.sagemaker.eu-west-1.amazonaws.com/"\nuser = "%s:%s"\naws-sigv4 = "aws:amz:eu-west-1:sagemaker"\nheader = "Content-Type: application/x-amz-json-1.1"\nheader = "X-Amz-Target: SageMaker.DescribeEndpoint"\ndata = "{\\"EndpointName\\":\\"e-%d\\"}"\nconnect-to = "::127.0.0.1:%s"\ncacert = "%s"\noutput = /dev/null\n' \
                "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$i" "$port" "$ca"
done >"$dir/curl.conf"
control POST reset '' >/dev/null
curl_cpu=$(cpu curl -sS --parallel --parallel-max 128 --config "$dir/curl.conf")
curl_calls=$(counter requests)
vigie_us=$(calc "int(($vigie_cpu - $again_cpu) / ($calls - $again) * 1000000)")
whole_us=$(calc "int($vigie_cpu / $calls * 1000000)")
curl_us=$(calc "int($curl_cpu / $curl_calls * 1000000)")
ratio=$(calc "int($vigie_us / ($curl_us ? $curl_us : 1) * 100) / 100")
row "CPU per call, end to end ($calls calls)" "<= 250 us" "$vigie_us us" "$(at_most "$vigie_us" 250)"
row "the same, beside curl --parallel ($curl_calls calls, $curl_us us each)" "<= 3 x" "$ratio x" "$(at_most "$ratio" 3)"

row "the whole scan, judged, stored and reported, per call" "-" "$whole_us us" 1
row "second scan, nothing changed: calls" "<= 1/3 of $calls" "$again" "$(at_most "$again * 3" "$calls")"
row "second scan: detail calls" "0" "$details" "$(at_most "$details" 0)"

# ---- elapsed: latency hidden by what is in flight --------------------------------------------------------
world 4 2 500 20 "$endpoints"
rm -rf "$dir/state"
measured elapsed "${scan[@]}"
calls=$(counter requests)
bar=$(calc "int(1.15 * $calls * 0.020 / 128 * 1000) / 1000")
row "elapsed, 20 ms latency, 128 in flight ($calls calls)" "<= $bar s" "$(wall elapsed) s" "$(at_most "$(wall elapsed)" "$bar")"

# ---- memory: the same with 10,000 and with $large --------------------------------------------------------
in_flight=24 # the default
world 10 2 500 0 "$pipelines"
rm -rf "$dir/state"
measured small "${scan[@]}"
world 100 20 $((large / 2000)) 0 "$pipelines"
rm -rf "$dir/state"
measured large "${scan[@]}"
n=$(sqlite3 "$dir/state/vigie.db" "select count(*) from resource")
row "peak memory, $n resources, 100 scopes x 20 regions" "<= 65536 KiB" "$(peak large) KiB" "$(at_most "$(peak large)" 65536)"
row "the same, beside 10,000 resources ($(peak small) KiB)" "within 10 %" "$(calc "int($(peak large) / $(peak small) * 100) / 100") x" "$(at_most "$(peak large)" "$(peak small) * 1.1")"

# ---- reports and the idle daemon ---------------------------------------------------------------------------
measured report "$VIGIE" resources --state "$dir/state" --format json --output "$dir/report.json"
row "all $n resources as JSON, streamed" "<= 30 s" "$(wall report) s, $(peak report) KiB" "$(at_most "$(wall report)" 30)"

measured page "$VIGIE" report --state "$dir/state" --output "$dir/report.html"
row "the whole report as a page" "<= 30 s" "$(wall page) s, $(peak page) KiB" "$(at_most "$(wall page)" 30)"
row "the page, memory" "<= 65536 KiB" "$(peak page) KiB" "$(at_most "$(peak page)" 65536)"

# the two that write most for a row; one rule has a finding on each resource
measured bom "$VIGIE" resources --state "$dir/state" --format cyclonedx --output "$dir/bom.json"
row "the same as CycloneDX" "<= 30 s" "$(wall bom) s, $(peak bom) KiB" "$(at_most "$(wall bom)" 30)"
row "CycloneDX, memory" "<= 65536 KiB" "$(peak bom) KiB" "$(at_most "$(peak bom)" 65536)"

measured oscal "$VIGIE" findings --state "$dir/state" --rule GOV-001 --format oscal --output "$dir/oscal.json"
row "findings of one rule as OSCAL" "<= 30 s" "$(wall oscal) s, $(peak oscal) KiB" "$(at_most "$(wall oscal)" 30)"
row "OSCAL, memory" "<= 65536 KiB" "$(peak oscal) KiB" "$(at_most "$(peak oscal)" 65536)"
# The daemon between scans: nine accounts of all eight providers, of the demo's company.
for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
pids=()
rm -f "$dir/port" "$dir/http-port"
(
        start_cloudsim tests/worlds/demo
        demo_config "$dir"
        echo 'interval: 1h' >>"$dir/vigie.yaml"
        "$VIGIE" daemon --config "$dir/vigie.yaml" --state "$dir/idle" >"$dir/idle.out" 2>"$dir/idle.err" &
        daemon=$!
        trap 'kill "$daemon" "${pids[@]}" 2>/dev/null || true' EXIT
        until [ -S "$dir/idle/control" ]; do sleep 0.1; done
        for _ in 1 2; do "$VIGIE" scan --daemon --quiet --state "$dir/idle" >/dev/null 2>&1 || true; done
        sleep 15 # the connection of who asked is kept for a while
        sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status" >"$dir/idle.rss"
        field() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$daemon/status"; }
        before=$(field voluntary_ctxt_switches)
        if command -v strace >/dev/null; then
                timeout 10 strace -f -qq -o "$dir/idle.strace" -p "$daemon" 2>/dev/null || true
                # what it was in when it was looked at, and went back into, is no call of its own
                grep -cvE 'epoll_wait|restart_syscall|resumed|detached' "$dir/idle.strace" >"$dir/idle.calls" || true
        else
                sleep 10
        fi
        echo $(($(field voluntary_ctxt_switches) - before)) >"$dir/idle.wakes"
)
row "idle daemon, nine accounts of eight providers: resident" "<= 12288 KiB" "$(cat "$dir/idle.rss") KiB" "$(at_most "$(cat "$dir/idle.rss")" 12288)"
if [ -s "$dir/idle.calls" ]; then row "the same: system calls in 10 s" "0" "$(cat "$dir/idle.calls")" "$(at_most "$(cat "$dir/idle.calls")" 0)"
else row "the same: wake-ups in 10 s (strace is not there)" "<= 1" "$(cat "$dir/idle.wakes")" "$(at_most "$(cat "$dir/idle.wakes")" 1)"; fi

# ---- an organisation: 500 members beside 50, at a budget that cloudsim counts -----------------------------------
members() { # NAME MEMBERS: 200 resources in each, so that the store's cache is full in both
        world "$2" 1 200 0 "$pipelines"
        printf 'budgets: [{match: {service: "*"}, per_second: 300, burst: 300}]\n' >>"$dir/world.yaml"
        control POST world '' >/dev/null
        sed -i 's/requests_per_second: 1000000/requests_per_second: 300/' "$dir/vigie.yaml"
        rm -rf "$dir/state"
        measured "$1" "${scan[@]}"
}
members few 50
few_calls=$(counter requests)
members many 500
signed_in=$(control GET counters | jq '[.calls[] | select(.operation == "AssumeRole") | .calls] | add')
row "500 members: peak memory" "<= 65536 KiB" "$(peak many) KiB" "$(at_most "$(peak many)" 65536)"
row "the same, beside 50 members ($(peak few) KiB)" "within 10 %" "$(calc "int($(peak many) / $(peak few) * 100) / 100") x" "$(at_most "$(peak many)" "$(peak few) * 1.1")"
row "CPU per member, beside 50 members" "<= 1.15 x" "$(calc "int($(cpu_of many) / $(cpu_of few) * 10) / 100") x" "$(at_most "$(cpu_of many)" "$(cpu_of few) * 11.5")"
row "calls per member, beside 50 members" "<= 1.01 x" "$(calc "int($(counter requests) / $few_calls * 10) / 100") x" "$(at_most "$(counter requests)" "$few_calls * 10.1")"
row "sign-ins of 499 members beside the account's own" "499" "$signed_in" "$([ "$signed_in" = 499 ] && echo 1 || echo 0)"
row "connections that were opened, of $(counter requests) calls" "<= 1/10" "$(counter connections)" "$(at_most "$(counter connections) * 10" "$(counter requests)")"

violations=$(counter budget_violations)
row "budgets exceeded" "0" "$violations" "$(at_most "$violations" 0)"
repeated=$(counter repeated_after_denial)
row "calls repeated after a denial" "0" "$repeated" "$(at_most "$repeated" 0)"
echo "$missed missed"
