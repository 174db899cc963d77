# The policy that vigie writes is enough and no more: a scan with exactly these permissions, everything else denied, reads
# everything; with one action less exactly those say denied that need it; and no action is granted that a scan does not use.
. tests/e2e/lib.sh
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true SCW_CONFIG_PATH=/nonexistent
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL SCW_ACCESS_KEY SCW_SECRET_KEY 2>/dev/null || true

MANAGED_POLICY_CHARS=6144
POLICIES_PER_ROLE=10
TEMPLATE_BYTES=51200

permissions() { "$VIGIE" permissions aws --quiet --config "$dir/vigie.yaml" "$@"; }
scan() { "$VIGIE" scan --config "$dir/vigie.yaml" --state "$dir/state" --fresh "$@"; }

# ---- what is written -----------------------------------------------------------------------------------------------
: >"$dir/vigie.yaml"
status 0 permissions --output "$dir/policies.json"
ok "it is a list of policies" query "$dir/policies.json" 'type == "array" and length > 0 and all(.[]; .PolicyName and .Description and .PolicyDocument.Version == "2012-10-17")'
ok "each is within IAM's limit" query "$dir/policies.json" "all(.[]; (.PolicyDocument | tojson | gsub(\"\\\\s\"; \"\") | length) <= $MANAGED_POLICY_CHARS)"
ok "a role takes them" query "$dir/policies.json" "length <= $POLICIES_PER_ROLE"
ok "statements allow only, and say for whom" query "$dir/policies.json" '[.[].PolicyDocument.Statement[]] | all(.[]; .Effect == "Allow" and .Resource == "*" and (.Sid | test("^[A-Za-z0-9]+$")))'
ok "a Sid is there once in a policy" query "$dir/policies.json" 'all(.[]; [.PolicyDocument.Statement[].Sid] | length == (unique | length))'
ok "actions are whole, once each, and only read" query "$dir/policies.json" '[.[].PolicyDocument.Statement[].Action[]] | length == (unique | length) and all(.[]; test("^[a-z0-9-]+:(List|Get|Describe|Search|Lookup)[A-Za-z0-9]*$"))'
ok "who one is needs no permission" query "$dir/policies.json" '[.[].PolicyDocument.Statement[].Action[]] | all(.[]; startswith("sts:") | not)'
jq -r '.[].PolicyDocument.Statement[].Action[]' "$dir/policies.json" | sort >"$dir/actions"

status 0 permissions --format json --output "$dir/list.json"
ok "the list has all that is granted" test -z "$(jq -r '.[].calls[].permission // empty' "$dir/list.json" | sort -u | comm -13 - "$dir/actions")"
status 0 permissions --optional --output "$dir/optional.json"
ok "what is optional is more" test "$(jq '[.[].PolicyDocument.Statement[].Action[]] | length' "$dir/optional.json")" -gt "$(wc -l <"$dir/actions")"
ok "the same again gives the same bytes" sh -c "'$VIGIE' permissions aws -q --config '$dir/vigie.yaml' | cmp -s - '$dir/policies.json'"
status 0 "$VIGIE" permissions aws --config "$dir/vigie.yaml"
ok "it says how to attach them" grep -q "attach-role-policy" "$dir/err"
ok "it says what is not granted" grep -q "not granted: aws.organizations.account" "$dir/err"
ok "and nothing of what needs no grant" sh -c "! grep -q 'not granted: aws.sts' '$dir/err'"
status 2 "$VIGIE" permissions nowhere
ok "a provider that is none: which there are" grep -q "no provider 'nowhere' is built in; there are .*azure.*scaleway" "$dir/err"
status 2 permissions --format png
ok "a format that is none: which there are" grep -q "'png' is none of .*policy, cloudformation, terraform" "$dir/err"

# ---- CloudFormation ------------------------------------------------------------------------------------------------
status 0 permissions --format cloudformation --output "$dir/vigie.json"
ok "the template grants the same" test "$(jq -c '[.Resources[] | select(.Type == "AWS::IAM::ManagedPolicy").Properties.PolicyDocument]' "$dir/vigie.json")" = "$(jq -c '[.[].PolicyDocument]' "$dir/policies.json")"
ok "the role has every policy" query "$dir/vigie.json" '[.Resources.Role.Properties.ManagedPolicyArns[].Ref] == [.Resources | to_entries[] | select(.value.Type == "AWS::IAM::ManagedPolicy").key]'
ok "who may assume it is said, with an external id, in any partition" query "$dir/vigie.json" '.Resources.Role.Properties.AssumeRolePolicyDocument.Statement == [{"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccountId}:root"}}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}}]'
ok "every Ref is a parameter or a resource" query "$dir/vigie.json" '. as $t | [.. | objects | .Ref? // empty] | all(.[]; $t.Parameters[.] or $t.Resources[.])'
ok "parameters without default are the two to be given" query "$dir/vigie.json" '[.Parameters | to_entries[] | select(.value.Default | not).key] | sort == ["ExternalId", "TrustedAccountId"]'
ok "it gives the role" query "$dir/vigie.json" '.Outputs.RoleArn.Value == {"Fn::GetAtt": ["Role", "Arn"]}'
ok "no partition is written out" sh -c "! grep -q 'arn:aws' '$dir/vigie.json'"
ok "it travels in a request" test "$(wc -c <"$dir/vigie.json")" -le $TEMPLATE_BYTES

# ---- Terraform -----------------------------------------------------------------------------------------------------
status 0 permissions --format terraform --output "$dir/main.tf"
ok "the module grants the same" sh -c "sed -n 's/^ *\"\([a-z0-9-]*:[A-Za-z0-9]*\)\",\$/\1/p' '$dir/main.tf' | sort | cmp -s - '$dir/actions'"
ok "it has a policy for each" test "$(grep -c '^    "[0-9]*" = {$' "$dir/main.tf")" = "$(jq length "$dir/policies.json")"
for word in 'variable "trusted_account_id"' 'variable "external_id"' 'variable "role_name"' 'resource "aws_iam_role" "read"' \
        'resource "aws_iam_policy" "read"' 'resource "aws_iam_role_policy_attachment" "read"' 'output "role_arn"'; do
        ok "it has $word" grep -qF "$word {" "$dir/main.tf"
done
# blocks and lists close in the order they were opened in, on lines of their own
ok "its brackets match" awk '{ gsub(/"([^"\\]|\\.)*"/, ""); sub(/#.*/, ""); n = split($0, c, ""); for (i = 1; i <= n; i++) if (c[i] ~ /[{[(]/) s[++d] = c[i];
        else if (c[i] ~ /[]})]/) { if (d < 1 || index("{}[]()", s[d] c[i]) % 2 != 1) exit 1; d-- } } END { exit d != 0 }' "$dir/main.tf"
# where Terraform is installed: the module's own part, without the provider that it would have to fetch
block() { awk -v head="$1" 'index($0, head) == 1 { on = 1 } on { print } /^}/ { on = 0 }' "$dir/main.tf"; }
tf() { TF_IN_AUTOMATION=1 terraform -chdir="$dir/tf" "$@" 2>/dev/null; }
if command -v terraform >/dev/null; then
        ok "Terraform would not change a byte" sh -c "terraform fmt -check -list=false '$dir/main.tf' 2>/dev/null"
        mkdir "$dir/tf"
        {
                block 'locals {'
                block 'variable "external_id" {'
                block 'variable "trusted_account_id" {'
                echo 'output "policies" { value = { for part, policy in local.policies : part => jsonencode(policy) } }'
        } >"$dir/tf/main.tf"
        tf init -input=false >/dev/null || fail "terraform init"
        ok "Terraform takes what it should" sh -c "! terraform -chdir='$dir/tf' plan -input=false -var external_id='not one' -var trusted_account_id=111122223333 >/dev/null 2>&1"
        ok "Terraform applies it" tf apply -auto-approve -input=false -no-color -var external_id=some-id:1 -var trusted_account_id=111122223333 >/dev/null
        ok "Terraform makes the same of it" test "$(tf output -json policies | jq -cS '[to_entries | sort_by(.key | tonumber)[].value | fromjson]')" = "$(jq -cS '[.[].PolicyDocument]' "$dir/policies.json")"
fi

# ---- exactly these are granted -------------------------------------------------------------------------------------
# grant FILE PREFIX: the documents of the policies, one file each, whose names $granted has as a JSON list.
grant() {
        local i
        rm -f "$dir/$2"-*.json
        for ((i = 0; i < $(jq length "$1"); i++)); do
                jq ".[$i].PolicyDocument" "$1" >"$dir/$2-$i.json"
        done
        granted=$(printf '%s\n' "$dir/$2"-*.json | jq -R . | jq -cs .)
}

# needing ACTION: the kinds one of whose calls needs it; those that surely asked it: by their list, or for what they found.
needing() { jq -r --arg a "$1" '.[] | select(any(.calls[]; .permission == $a)).kind' "$dir/list.json" | sort; }
asking() { jq -r --arg a "$1" --slurpfile scan "$dir/scan.json" '([$scan[0].resources[].kind] | unique) as $found | ([$scan[0].coverage[].collector] | unique) as $asked
        | .[] | select(.kind | IN($asked[])) | select(.calls[0].permission == $a or (any(.calls[]; .permission == $a) and (.kind | IN($found[])))).kind' "$dir/list.json" | sort; }

denied() { jq -r '[.coverage[] | select(.state == "denied")] | .[].collector' "$1" | sort -u; }

# without ACTION: with all but it granted to key and role, exactly the collectors that need it say denied, and name it.
without() {
        local action=$1 file
        for file in "$dir"/{key,role}-[0-9].json; do
                [ -e "$file" ] || continue
                cp "$file" "$file.whole"
                jq --arg a "$action" '.Statement |= [.[] | if (.Action | type) == "array" then .Action -= [$a] else . end | select(.Action != [])]' "$file.whole" >"$file"
        done
        control POST world '' >/dev/null
        control DELETE faults >/dev/null
        scan --format json --output "$dir/less.json" >/dev/null 2>&1 || true
        for file in "$dir"/*.whole; do
                mv "$file" "${file%.whole}"
        done
        ok "without $action some say denied" test -n "$(denied "$dir/less.json")"
        ok "without $action only those that need it do" test -z "$(comm -23 <(denied "$dir/less.json") <(needing "$action"))"
        ok "without $action all of them do" test -z "$(comm -13 <(denied "$dir/less.json") <(asking "$action"))"
        ok "without $action it is named" query "$dir/less.json" "[.coverage[] | select(.state == \"denied\").permission] | unique == [\"$action\"]"
        ok "without $action the scan is not complete" query "$dir/less.json" '.scan.complete == false'
}

# ---- the demo's organisation: the key finds and assumes, the member's role only reads ------------------------------
cat >"$dir/accounts.yaml" <<YAML
accounts:
  - name: hexagone
    provider: aws
    organization: {role: vigie-read, external_id: hexagone-vigie}
YAML
export AWS_ACCESS_KEY_ID=AKIAHEXAGONEPROD0001 AWS_SECRET_ACCESS_KEY='demo/only/hexagone/prod+0000000000000000'
cp "$dir/accounts.yaml" "$dir/vigie.yaml"
status 0 permissions --account hexagone --output "$dir/hub.json"
ok "finding and assuming are a policy of their own" query "$dir/hub.json" '.[-1] | .PolicyName == "vigie-organization" and .PolicyDocument.Statement[-1] == {"Sid": "AssumeMemberRoles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ["arn:aws:iam::*:role/vigie-read"]}'
jq '[.[] | select(.PolicyName != "vigie-organization")]' "$dir/hub.json" >"$dir/member.json"
ok "the member's role needs what an account alone does" test "$(jq -c '[.[].PolicyDocument]' "$dir/member.json")" = "$(jq -c '[.[].PolicyDocument]' "$dir/policies.json")"
grant "$dir/hub.json" key
key=$granted
grant "$dir/member.json" role
# the lab is a member here, and no member refuses the role: this is about what is granted
cp -r tests/worlds/demo "$dir/demo-world"
sed -i 's/accounts: \["111122223333", /&"444455556666", /' "$dir/demo-world/world.yaml"
sed -i "s/external_id: audit-2023/external_id: hexagone-vigie/" "$dir/demo-world/world.yaml"
start_cloudsim "$dir/demo-world" --set "aws.accounts.111122223333.keys.0.policy_file=$key" --set "aws.accounts.444455556666.roles.vigie-read.policy_file=$granted"
network="    network: {connect_to: \"127.0.0.1:$port\", ca_file: \"$ca\"}"
{
        cat "$dir/accounts.yaml"
        echo "$network"
        echo "limits: {requests_per_second: 500, max_backoff: 20ms}"
} >"$dir/vigie.yaml"
control DELETE faults >/dev/null # the demo's own denials
status 3 scan --format json --output "$dir/scan.json"
ok "nothing is denied" query "$dir/scan.json" '[.coverage[] | select(.state == "denied")] == []'
ok "everything has an answer" query "$dir/scan.json" '.scan.complete and all(.coverage[]; .state == "ok" or .state == "absent" or .state == "off")'
ok "both accounts are read" query "$dir/scan.json" '[.resources[].scope] | unique == ["111122223333", "444455556666"]'
ok "the member's role uses what it is granted only" test -z "$(control GET actions | jq -r '."444455556666" | keys[]' | comm -23 - "$dir/actions")"
ok "the key assumes and finds" query <(control GET actions) '."111122223333" | has("sts:AssumeRole") and has("organizations:ListAccounts")'
without sagemaker:ListNotebookInstances # a list
without sagemaker:DescribeEndpoint      # a detail
without bedrock:ListTagsForResource     # of many

# without the organisation's own policy there is no way into the member account, and that is told
jq '.[-1].PolicyDocument.Statement |= map(select(.Sid != "AssumeMemberRoles"))' "$dir/hub.json" >"$dir/alone.json"
grant "$dir/alone.json" key
control POST world '' >/dev/null
control DELETE faults >/dev/null
scan --format json --output "$dir/alone-scan.json" >/dev/null 2>&1 || true
ok "an account that cannot be entered is told" query "$dir/alone-scan.json" '.scan.complete == false and ([.coverage[] | select(.scope == "444455556666" and .calls > 0 and .state == "ok")] == []) and ([.coverage[] | select(.scope == "444455556666" and .state != "ok")] | length > 50)'

# ---- the world that has two of everything, what is optional asked for: nothing is granted that a scan does not use ---
if [ -d tests/worlds/aws ]; then
        rm -rf "$dir/state"
        rm -f "$dir"/{key,role}-[0-9].json
        export AWS_ACCESS_KEY_ID=AKIAHEXAGONEROWS0001 AWS_SECRET_ACCESS_KEY='rows/only/hexagone+00000000000000000000'
        optional=$(jq -c '[.[] | select(.optional).kind]' "$dir/list.json")
        printf 'accounts:\n  - {name: rows, provider: aws, optional: %s}\n' "$optional" >"$dir/vigie.yaml"
        status 0 permissions --account rows --output "$dir/rows.json"
        ok "an account that asks for all gets what --optional writes" cmp -s "$dir/rows.json" "$dir/optional.json"
        jq -r '.[].PolicyDocument.Statement[].Action[]' "$dir/rows.json" | sort >"$dir/actions"
        grant "$dir/rows.json" key
        start_cloudsim tests/worlds/aws --set "aws.accounts.111122223333.keys.0.policy_file=$granted"
        printf 'accounts:\n  - {name: rows, provider: aws, optional: %s, network: {connect_to: "127.0.0.1:%s", ca_file: "%s"}}\nlimits: {requests_per_second: 500, max_backoff: 20ms}\n' \
                "$optional" "$port" "$ca" >"$dir/vigie.yaml"
        scan --format json --output "$dir/scan.json" >/dev/null 2>&1 || true
        ok "nothing is denied" query "$dir/scan.json" '[.coverage[] | select(.state == "denied")] == []'
        ok "everything has an answer" query "$dir/scan.json" '.scan.complete and (.coverage | length > 100)'
        ok "every action is used" test -z "$(control GET actions | jq -r '."111122223333" | keys[]' | sort | comm -13 - "$dir/actions")"
        for action in ${VIGIE_TEST_ACTIONS:-bedrock:GetAgent}; do
                without "$action"
        done
fi
finish
