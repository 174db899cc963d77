# vigie scan --plan against what a scan then asks: it asks nobody anything, and where it is certain it is right.
. tests/e2e/lib.sh
cp -r tests/worlds/demo "$dir/world"
start_cloudsim "$dir/world"
demo_config "$dir"
sed -i '/hexagone-azure/d; /hexagone-gcp/d; /hexagone-ovh/d' "$dir/vigie.yaml" # compared call by call as AWS and Scaleway name them
# details of trails are good for a minute: here for a day, so that it does not matter how long this takes
mkdir -p "$dir/catalogue/aws"
sed 's/detail_ttl: 1min/detail_ttl: 1d/' config/catalogue/aws/cloudtrail.yaml >"$dir/catalogue/aws/cloudtrail.yaml"
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" "$@"; }
plan=$dir/plan.json
valid() {
        python3 - config/schema/plan.schema.json "$1" <<'PY'
import json, sys
import jsonschema
schema, plan = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(plan)
PY
}
# against MODE NAME…: the plan in hand against the log of a scan made now
against() {
        local mode=$1
        shift
        control POST reset '' >/dev/null
        scan $([ "$mode" = fresh ] && echo --fresh) --quiet >/dev/null || [ $? -ge 3 ]
        control GET log >"$dir/log.json"
        ok "$mode: the log has every call" test "$(jq length "$dir/log.json")" = "$(control GET counters | jq .requests)"
        ok "$mode: the plan is what was asked" python3 tests/e2e/plan_against.py "$plan" "$dir/log.json" "$mode" "$@"
}

# ---- before the first scan ------------------------------------------------------------------------------------
status 0 scan --plan --format json --output "$plan"
ok "the JSON is what its schema says" valid "$plan"
ok "no request was made" test "$(control GET counters | jq .requests)" = 0
ok "nothing was made to remember in" test ! -e "$dir/state"
ok "scopes and regions are found at run time" query "$plan" '.accounts[0] | .scopes == [{"id": null, "from": "run time", "level": "account"}] and .regions == [{"id": null, "from": "run time"}] and .scopes_found_by == ["aws.organizations.account", "aws.sts.identity"] and .regions_found_by == ["aws.account.region", "aws.ec2.region", "aws.sts.region"]'
ok "discovery comes first" query "$plan" '[.calls[:5][].purpose] == ["scopes", "scopes", "regions", "regions", "regions"]'
ok "of two lists of regions the second is for when the first fails" query "$plan" '[.calls[] | select(.purpose == "regions")][:2] | .[0].least == 1 and .[1].least == 0 and .[1].rescan.doubt == "alternative"'
ok "and each region that is known beforehand for when both fail" query "$plan" '[.calls[] | select(.collector == "aws.sts.region")] | length >= 60 and ([.[].region] | index("us-east-1") == 0 and index("eu-west-3") != null) and all(.[]; .purpose == "regions" and .region != null and .least == 0 and .rescan == {"calls": 0, "doubt": "alternative"})'
ok "a region that is not known is null" query "$plan" '[.calls[] | select(.collector == "aws.sagemaker.endpoint" and .purpose == "list")] | length == 2 and all(.[]; .region == null and .scope == null and .least == 1 and .rescan == {"calls": 1, "doubt": "unseen"})'
ok "references come before what joins them" query "$plan" '[.calls[].collector] | index("aws.bedrock.foundation_model") < index("aws.bedrock.agent")'
ok "details follow their list" query "$plan" '[.calls[] | select(.collector == "aws.sagemaker.endpoint")][:2] | [.[].call] == ["ListEndpoints", "DescribeEndpoint"] and .[1].per == "resource" and .[1].least == 0'
ok "what is named is asked about last, once each" query "$plan" '[.calls[] | select(.account == "hexagone-prod")] | last.collector as $last | [.[] | select(.per == "value")] | length >= 3 and all(.[]; .least == 0 and (.follows | length) > 0) and (map(.collector) | index($last)) != null'
ok "nothing is certain but the least" query "$plan" '.total.certain == {"least": true, "rescan": false, "fresh": false} and .remembers == false'
status 0 scan --plan
ok "the table says so" grep -q 'Regions: found at run time: aws.account.region, aws.ec2.region, aws.sts.region' "$dir/out"
ok "every call has its permission, or needs none" query "$plan" '[.calls[] | select(.provider == "aws" and (.permission // "") == "") | .call] | unique == ["GetCallerIdentity"]'

# ---- a listener that must hear nothing; credentials that are not there -------------------------------------------
python3 - "$dir" <<'PY' &
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
open(sys.argv[1] + "/deaf-port.new", "w").write(str(s.getsockname()[1]))
import os
os.rename(sys.argv[1] + "/deaf-port.new", sys.argv[1] + "/deaf-port")
while True:
    s.accept()
    open(sys.argv[1] + "/heard", "w").close()
PY
pids+=($!)
while [ ! -s "$dir/deaf-port" ]; do sleep 0.05; done
deaf=$(cat "$dir/deaf-port")
cat >"$dir/nobody.yaml" <<YAML
accounts:
  - {name: absent, provider: aws, profile: no-such-profile, regions: [eu-west-3, eu-west-1], network: {connect_to: "127.0.0.1:$deaf"}}
  - {name: lab, provider: aws, profile: lab, organization: {role: vigie-read, accounts: ["100000000001", "100000000002"]}, network: {connect_to: "127.0.0.1:$deaf"}}
  - {name: org, provider: aws, profile: prod, organization: {role: vigie-read}, exclude: [aws.sagemaker.endpoint], network: {connect_to: "127.0.0.1:$deaf"}}
YAML
status 0 env AWS_ENDPOINT_URL="http://127.0.0.1:$deaf" "$VIGIE" scan --plan --config "$dir/nobody.yaml" --state "$dir/none" --format json --output "$plan"
ok "the JSON is what its schema says" valid "$plan"
ok "nobody connected" test ! -e "$dir/heard"
ok "what cannot be opened is told" query "$plan" '.accounts[0] | (.trouble | test("no-such-profile")) and .credentials == null'
ok "what depends on its options is marked" query "$plan" '[.calls[] | select(.account == "absent" and .collector == "aws.organizations.account")] | length == 1 and .[0].condition == "organization" and .[0].least == 0'
ok "regions of the configuration are planned for" query "$plan" '[.calls[] | select(.account == "absent" and .collector == "aws.sagemaker.endpoint" and .purpose == "list") | .region] == ["eu-west-3", "eu-west-1"]'
ok "no other region is tried but the first" query "$plan" '[.calls[] | select(.account == "absent" and .collector == "aws.sts.region") | .region] == ["us-east-1", "eu-west-1", "eu-west-3"]'
ok "regions of a partition depend on it" query "$plan" '[.calls[] | select(.account == "absent" and .collector == "aws.sts.region_cn")] | length > 0 and all(.[]; .condition == "partition.aws-cn" and .least == 0)'
ok "accounts of the configuration are planned for" query "$plan" '[.accounts[1].scopes[] | select(.from == "configuration").id] == ["100000000001", "100000000002"]'
ok "named accounts need no list of them" query "$plan" '[.calls[] | select(.account == "lab" and .call == "ListAccounts")] == []'
ok "the organisation is asked for its accounts" query "$plan" '[.calls[] | select(.account == "org" and .collector == "aws.organizations.account")] | length == 1 and .[0].condition == null'
ok "what is excluded is not asked" query "$plan" '[.calls[] | select(.account == "org" and .collector == "aws.sagemaker.endpoint")] == []'

# ---- after a scan: what the next one asks, call by call -------------------------------------------------------------
scan --quiet >/dev/null || [ $? -ge 3 ]
control POST reset '' >/dev/null
status 0 scan --plan --format json --output "$plan"
ok "the JSON is what its schema says" valid "$plan"
ok "no request was made" test "$(control GET counters | jq .requests)" = 0
# what follows names in an account where not all that may name something could be read; all else is certain to the call
followed="DescribeKey DescribeLogGroups DescribeRegistry DescribeSubscriptionFilters GetBucketEncryption GetBucketLifecycleConfiguration GetBucketPolicy GetBucketReplication GetBucketVersioning GetObjectLockConfiguration HeadBucket"
ok "an unchanged rescan is certain but for what is followed from something unread" query "$plan" '.remembers and ([.calls[] | select(.rescan.doubt != null)] | length > 0 and all(.[]; .scope == "444455556666" and .rescan == {"calls": 0, "doubt": "unread"} and .last_state == "skipped"))'
ok "a suspended member is not asked" query "$plan" '[.accounts[0].scopes[].id] == ["111122223333", "888899990000"] and ([.calls[] | select(.scope == "777788889999")] == [])'
ok "one that refuses the role is shown as refused, and not asked further" query "$plan" '[.calls[] | select(.scope == "888899990000")] | .[0].last_state == "denied" and all(.[]; .purpose == "regions" and .rescan == {"calls": 0, "doubt": null})'
ok "the buckets that are named are counted" query "$plan" '[.calls[] | select(.collector == "aws.s3.log_bucket" and .per == "value") | .rescan.calls] | add > 0'
ok "it asks no details that are remembered" query "$plan" '[.calls[] | select(.purpose == "detail" and .rescan.calls > 0) | .call] == ["DescribeNodegroup"]'
against rescan $followed
# an endpoint whose configuration is gone: the call was refused, or could not be made; nothing in the store tells which; the
# models of an endpoint are asked about one by one, and one that is refused leaves no trace either
against fresh DescribeEndpointConfig DescribeModel $followed
status 0 scan --plan --format json --output "$plan"
# so the calls of a scan that asked all again do not fall apart into lists and details
against rescan ListEndpoints $followed
status 0 scan --plan --format csv --output "$dir/plan.csv"
ok "CSV has a row for each call" test "$(wc -l <"$dir/plan.csv")" = "$(($(jq '.calls | length' "$plan") + 1))"
status 0 scan --plan --account hexagone-lab --format json
ok "one account alone" query "$dir/out" '[.calls[].account] | unique == ["hexagone-lab"]'

# ---- what a scan could not read makes the next plan doubt ------------------------------------------------------------
control POST faults '[{"match": {"operation": "DescribeEndpoint", "region": "eu-west-3"}, "do": {"denied": true}}, {"match": {"operation": "ListNotebookInstances", "region": "eu-west-3"}, "do": {"status": 500}}]' >/dev/null
scan --fresh --quiet >/dev/null || [ $? -ge 3 ]
status 0 scan --plan --format json --output "$plan"
ok "denied details are in doubt" query "$plan" '[.calls[] | select(.collector == "aws.sagemaker.endpoint" and .region == "eu-west-3" and .scope == "111122223333") | .last_state, .fresh.doubt] | unique == ["denied", "unread"]'
ok "a failed list is in doubt" query "$plan" '[.calls[] | select(.call == "ListNotebookInstances" and .region == "eu-west-3")] | length == 2 and all(.[]; .rescan.doubt == "unread" and .rescan.calls >= 1)'
ok "so is the sum" query "$plan" '.total.certain.rescan == false'
status 0 scan --plan
ok "the table says why" grep -q 'ListNotebookInstances .*~.*the last scan could not read it to the end' "$dir/out"
control DELETE faults >/dev/null

# ---- budgets and money --------------------------------------------------------------------------------------------------
mkdir -p "$dir/over/catalogue/aws"
sed 's/^rate: .*/&\ncost: {amount: 0.5, currency: USD, per: 100, free: 10000, note: {en: made up, fr: inventé}}/' config/catalogue/aws/cloudtrail.yaml >"$dir/over/catalogue/aws/cloudtrail.yaml"
sed 's/^rate: .*/&\ncost: {amount: 0.01, currency: USD, unverified: true}/' config/catalogue/aws/eks.yaml >"$dir/over/catalogue/aws/eks.yaml"
sed 's/^limits:.*/limits: {in_flight: 10, per_account: 5}/' "$dir/vigie.yaml" >"$dir/over/vigie.yaml"
echo 'interval: 1h' >>"$dir/over/vigie.yaml"
status 0 "$VIGIE" scan --plan --config "$dir/over/vigie.yaml" --state "$dir/state" --format json --output "$plan"
ok "the JSON is what its schema says" valid "$plan"
python3 - "$plan" <<'PY' || fail "the sums of the plan are wrong"
import json, math, sys
plan = json.load(open(sys.argv[1]))
modes = ("least", "rescan", "fresh")
PRICES = {"aws.cloudtrail": (0.5, 100, 10000), "aws.eks": (0.01, 1, 0), "aws.s3": (0.0004, 1000, 0), "aws.kms": (0.03, 10000, 20000)}
calls = lambda row, mode: row[mode] if mode == "least" else row[mode]["calls"]
for b in plan["budgets"]:
    for m in modes:
        bound = 0 if b["sent_to"] else max(0, (b["calls"][m] - b["burst"]) / b["per_second"])
        assert math.isclose(b["least_seconds"][m], bound), b
assert sum(b["calls"]["fresh"] for b in plan["budgets"]) == plan["total"]["calls"]["fresh"]
for b in plan["paces"]:
    for m in modes:
        assert math.isclose(b["least_seconds"][m], max(0, (b["calls"][m] - b["burst"]) / b["per_second"])), b
        assert b["calls"][m] == sum(calls(r, m) for r in plan["calls"] if (r["account"], r["service"]) == (b["account"], b["service"])), b
assert [(b["service"], b["per_second"], b["burst"]) for b in plan["paces"]] == [("scaleway.audit", 1, 1)], plan["paces"]
longest = max(b["least_seconds"]["fresh"] for b in plan["budgets"] + plan["paces"])
assert plan["total"]["least_seconds"]["fresh"] == longest > 0
money = {m: 0 for m in modes + ("month",)}
for a in plan["accounts"]:
    mine = [r for r in plan["calls"] if r["account"] == a["name"]]
    for m in modes:
        assert a["calls"][m] == sum(calls(r, m) for r in mine)
        assert a["replies_in_a_row"][m] == math.ceil(a["calls"][m] / 5)
    assert a["scans_a_month"] == 720
    for service, (amount, per, free) in PRICES.items():
        rows = [r for r in mine if r["service"] == service]
        again = 720 if service == "aws.cloudtrail" else 30  # details of trails are good for minutes, others for a day
        month = sum(r["rescan"]["calls"] * 720 + again * (r["fresh"]["calls"] - r["rescan"]["calls"]) for r in rows)
        for r in rows:
            assert (r["cost"]["amount"], r["cost"]["per"], r["cost"]["free"]) == (amount, per, free)
        for m in modes:
            money[m] += amount / per * sum(calls(r, m) for r in rows)
        money["month"] += amount / per * max(0, month - free)
total = plan["total"]["cost"]
assert len(total) == 1 and total[0]["currency"] == "USD" and total[0]["unverified"]
for m, amount in money.items():
    assert amount > 0 and math.isclose(total[0][m], amount), (m, amount, total)
assert all(r["cost"] is None for r in plan["calls"] if r["service"] not in PRICES)
PY
passed=$((passed + 1))
status 0 "$VIGIE" scan --plan --config "$dir/over/vigie.yaml" --state "$dir/state"
ok "the table has the price" grep -q '0.5 USD for 100 requests, the first 10000 of a month free: made up' "$dir/out"
ok "and how slowly a service is asked for its own sake" grep -q '(scaleway.audit): at most .*; of its own at most 1 a second, 1 at once$' "$dir/out"
ok "and says what is not verified" grep -q 'Cost: .* USD a month beyond what is free (of figures that are not verified)' "$dir/out"
status 0 env LC_ALL=fr_FR.UTF-8 LANGUAGE=fr "$VIGIE" scan --plan --config "$dir/over/vigie.yaml" --state "$dir/state"
ok "in French too" grep -q '0.5 USD pour 100 requêtes.*: inventé' "$dir/out"

# ---- refusals --------------------------------------------------------------------------------------------------------------
sed -i 's/amount: 0.5/amount: half/' "$dir/over/catalogue/aws/cloudtrail.yaml"
status 2 "$VIGIE" scan --plan --config "$dir/over/vigie.yaml" --state "$dir/state"
ok "a bad price is refused with its place" grep -q 'cloudtrail.yaml:[0-9]*:[0-9]*: ' "$dir/err"
status 2 scan --plan --account nobody
head -c 100 /dev/urandom >"$dir/state/vigie.db"
rm -f "$dir/state/vigie.db-wal" "$dir/state/vigie.db-shm"
status 1 scan --plan
ok "a damaged store is no empty one" grep -q damaged "$dir/err"

# ---- pages shorter than asked for: the arithmetic does not hold, and the plan knows where ---------------------------------
rm -rf "$dir/state" "$dir/port" "$dir/http-port"
start_cloudsim tests/worlds/paging
printf '[pages]\naws_access_key_id = AKIAPAGINGWORLD00001\naws_secret_access_key = %s\n' 'paging/world/secret+not/a/real/one000000' >"$dir/aws-credentials"
cat >"$dir/vigie.yaml" <<YAML
accounts: [{name: pages, provider: aws, profile: pages, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}]
limits: {requests_per_second: 200, max_backoff: 20ms}
YAML
scan --quiet >/dev/null || [ $? -ge 3 ]
status 0 scan --plan --format json --output "$plan"
against rescan ListClusters ListEndpoints=+3
against fresh ListClusters ListEndpoints=+3 DescribeEndpointConfig=-7 DescribeModel
scan --quiet >/dev/null || [ $? -ge 3 ]
status 0 scan --plan --format json --output "$plan"
against rescan ListClusters

# ---- an organisation: members that are suspended, that refuse the role, and one where neither list of regions may be read --
rm -rf "$dir/state" "$dir/port" "$dir/http-port"
start_cloudsim tests/worlds/organizations
printf '[nord]\naws_access_key_id = AKIANORD000000000001\naws_secret_access_key = %s\n' 'org/world/secret/of/nord+0000000000000000' >"$dir/aws-credentials"
cat >"$dir/vigie.yaml" <<YAML
accounts: [{name: nord, provider: aws, profile: nord, organization: {role: vigie-read, external_id: nord-7f3a}, network: {connect_to: "127.0.0.1:$port", ca_file: "$ca"}}]
limits: {requests_per_second: 200, max_backoff: 20ms}
YAML
# what is asked of each service has been compared above: here it is which members and regions are asked at all
others=$(scan --plan --format json | jq -c '[.calls[].collector | select(test("^aws\\.(organizations|account|sts|ec2|sagemaker)\\.") | not)] | unique')
sed -i "s/provider: aws,/& exclude: $others,/" "$dir/vigie.yaml"
probed() {
        query "$plan" "[.calls[] | select(.scope == \"100000000006\" and .collector == \"aws.sts.region\")] | $1"
}
scan --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
status 0 scan --plan --format json --output "$plan"
ok "members that are off are not asked, others are" query "$plan" '[.accounts[0].scopes[].id] == ["100000000001", "100000000002", "100000000004", "100000000006"]'
ok "every known region is tried again where no list may be read" probed 'length > 30 and all(.[]; .purpose == "regions" and .least == 0 and .rescan == {"calls": 1, "doubt": null})'
ok "and only those that are there are read" query "$plan" '[.calls[] | select(.scope == "100000000006" and .collector == "aws.sagemaker.endpoint") | .region] | index("eu-south-1") != null and index("eu-central-2") == null'
ok "none is tried in the others" query "$plan" '[.calls[] | select(.scope != "100000000006" and .collector == "aws.sts.region")] | length > 90 and all(.[]; .rescan == {"calls": 0, "doubt": null})'
# the endpoints of this world are listed and cannot be described
against rescan ListEndpoints
# a list may be read now: what was tried is history
control DELETE faults >/dev/null
scan --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
status 0 scan --plan --format json --output "$plan"
ok "regions that a list tells are not tried" probed 'length > 30 and all(.[]; .rescan == {"calls": 0, "doubt": null})'
ok "those that were tried in vain are none" query "$plan" '[.accounts[0].regions[].id] | index("eu-south-1") != null and index("eu-central-2") == null'
# wanted regions are tried, and the first; one that did not answer may hold anything
control POST faults '[{"match": {"account": "100000000006", "operation": "*Regions"}, "do": {"denied": true}}, {"match": {"account": "100000000006", "operation": "GetCallerIdentity", "region": "eu-central-1"}, "do": {"status": 500}}]' >/dev/null
sed -i 's/provider: aws,/& regions: [eu-west-3, eu-central-1],/' "$dir/vigie.yaml"
scan --quiet >/dev/null 2>&1 || [ $? -ge 3 ]
status 0 scan --plan --format json --output "$plan"
ok "no others are tried" probed '[.[].region] == ["us-east-1", "eu-west-3", "eu-central-1"]'
ok "one that did not answer is in doubt" probed '.[2].rescan.doubt == "unread" and .[:2][].rescan.doubt == null'
ok "and asked all the same" query "$plan" '[.calls[] | select(.scope == "100000000006" and .collector == "aws.sagemaker.endpoint" and .purpose == "list") | .region] | sort == ["eu-central-1", "eu-west-3"]'
finish
