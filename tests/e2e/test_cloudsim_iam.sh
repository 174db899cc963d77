# The bench's IAM: what a policy allows and nothing else, in AWS's own words. Asked by curl, which signs for itself.
. tests/e2e/lib.sh

cat >"$dir/world.yaml" <<'YAML'
world: iam
aws:
  accounts:
    "111122223333":
      keys: [{access_key: AKIAIAMWORLD00000001, secret_key: "iam/world/only+0000000000000000000000000", principal: user/vigie, policy_file: key.json}]
      regions: {enabled: [eu-west-3]}
      roles:
        vigie-read: {trusted: ["111122223333"], policies: [{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sagemaker:ListModels", Resource: "*"}]}]}
        other: {trusted: ["111122223333"]}
YAML

key=AKIAIAMWORLD00000001:iam/world/only+0000000000000000000000000
token=
# ask SERVICE HOST CURL-OPTION…: the answer's body in $dir/body, its status in $code.
ask() {
        local service=$1 host=$2
        shift 2
        code=$(curl -sS -o "$dir/body" -w '%{http_code}' --cacert "$ca" --connect-to "::127.0.0.1:$port" --user "$key" \
                --aws-sigv4 "aws:amz:eu-west-3:$service" ${token:+-H "X-Amz-Security-Token: $token"} "$@" "https://$host")
}
sagemaker() { ask sagemaker api.sagemaker.eu-west-3.amazonaws.com/ -H 'Content-Type: application/x-amz-json-1.1' -H "X-Amz-Target: SageMaker.$1" -d '{}'; }
sts() { ask sts sts.eu-west-3.amazonaws.com/ -H 'Content-Type: application/x-www-form-urlencoded; charset=utf-8' -H 'Accept: application/json' -d "Version=2011-06-15&$1"; }
assume() { sts "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2F$1&RoleSessionName=test"; }

# policy STATEMENT…: what the key may from now on.
policy() {
        printf '{"Version": "2012-10-17", "Statement": [%s]}\n' "$(IFS=,; echo "$*")" >"$dir/key.json"
        [ -z "${http:-}" ] || control POST world '' >/dev/null
}
allow() { printf '{"Sid": "A", "Effect": "Allow", "Action": %s, "Resource": %s}' "$1" "${2:-\"*\"}"; }
deny() { printf '{"Effect": "Deny", "Action": %s, "Resource": "*"}' "$1"; }

answers() { # STATUS [TEXT]
        ok "it answers $1, not $code: $(head -c 300 "$dir/body")" test "$code" = "$1"
        [ -z "${2:-}" ] || ok "it says '$2', not: $(head -c 300 "$dir/body")" grep -qF "$2" "$dir/body"
}

policy "$(allow '"sagemaker:ListEndpoints"')"
start_cloudsim "$dir/world.yaml"
sagemaker ListEndpoints && answers 200
sagemaker ListModels && answers 400 'User: arn:aws:iam::111122223333:user/vigie is not authorized to perform: sagemaker:ListModels on resource: * because no identity-based policy allows the sagemaker:ListModels action'
ok "the code is AWS's" grep -q '"AccessDeniedException"' "$dir/body"
ok "what was let through is told" query <(control GET actions) '. == {"111122223333": {"sagemaker:ListEndpoints": 1}}'

policy "$(allow '["ec2:*", "sagemaker:list*"]')" "$(deny '"sagemaker:ListEndpoints"')"
sagemaker ListModels && answers 200 # actions do not tell case apart
sagemaker ListEndpoints && answers 400 'is not authorized to perform: sagemaker:ListEndpoints on resource: * with an explicit deny in an identity-based policy'
sagemaker DescribeEndpoint && answers 400 'not authorized'

policy "$(allow '"sagemaker:ListEndpoint?"')"
sagemaker ListEndpoints && answers 200
policy "$(allow '"sagemaker:ListEndpoint"')"
sagemaker ListEndpoints && answers 400 'not authorized' # a beginning is not the whole
policy "$(allow '"sagemaker:ListEndpoints"' '"arn:aws:sagemaker:eu-west-3:111122223333:endpoint/one"')"
sagemaker ListEndpoints && answers 400 'not authorized' # a list is no thing

# the prefix of an action is IAM's, not that of host or signature
policy "$(allow '"bedrock:ListAgents"')"
ask bedrock bedrock-agent.eu-west-3.amazonaws.com/agents/ -H 'Content-Type: application/json' -d '{}' && answers 200
policy "$(allow '"bedrock-agent:ListAgents"')"
ask bedrock bedrock-agent.eu-west-3.amazonaws.com/agents/ -H 'Content-Type: application/json' -d '{}' && answers 403 'perform: bedrock:ListAgents on'
ask ec2 ec2.eu-west-3.amazonaws.com/ -H 'Content-Type: application/x-www-form-urlencoded; charset=utf-8' -d 'Action=DescribeInstances&Version=2016-11-15' && answers 403 '<Code>UnauthorizedOperation</Code>'
empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
head_bucket() { ask s3 s3.eu-west-3.amazonaws.com/some-bucket -I -H "x-amz-content-sha256: $empty"; }
policy "$(allow '"s3:HeadBucket"')"
head_bucket && answers 403
policy "$(allow '"s3:ListBucket"')"
head_bucket
ok "HeadBucket is s3:ListBucket: not refused, but $code" test "$code" != 403
ok "it is told as such" query <(control GET actions) '."111122223333" | has("s3:ListBucket")'

# who one is needs none; another role's is looked at by its name, and what it may is its own
policy "$(deny '"*"')"
sts Action=GetCallerIdentity && answers 200 111122223333
assume vigie-read && answers 403 'perform: sts:AssumeRole'
policy "$(allow '"sts:AssumeRole"' '["arn:aws:iam::*:role/vigie-read"]')"
assume other && answers 403 'not authorized'
assume vigie-read && answers 200
key=$(jq -r '.AssumeRoleResponse.AssumeRoleResult.Credentials | .AccessKeyId + ":" + .SecretAccessKey' "$dir/body")
token=$(jq -r .AssumeRoleResponse.AssumeRoleResult.Credentials.SessionToken "$dir/body")
sagemaker ListModels && answers 200
sagemaker ListEndpoints && answers 400 'User: arn:aws:sts::111122223333:assumed-role/vigie-read/test is not authorized to perform: sagemaker:ListEndpoints'

# ---- what is not played is refused, not passed over --------------------------------------------------------------
refused() { # TEXT
        status 2 "$CLOUDSIM" --world "$dir/world.yaml" --port-file /dev/null --tls-dir "$dir/tls2"
        ok "it says '$1', not: $(cat "$dir/err")" grep -qF "$1" "$dir/err"
}
http=
policy '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}'
refused "key.json: 'Condition' of a statement is not played"
policy '{"Effect": "Allow", "NotAction": "*", "Resource": "*"}'
refused "'NotAction' of a statement is not played"
policy '{"Effect": "Perhaps", "Action": "*", "Resource": "*"}'
refused "a statement has Effect (Allow or Deny), Action and Resource"
policy '{"Effect": "Allow", "Action": "*"}'
refused "a statement has"
policy '{"Effect": "Allow", "Action": [], "Resource": "*"}'
refused "a statement has"
policy ''
refused "a policy has Version 2012-10-17 and a list of Statement"
echo '{"Version": "2012-10-17", ' >"$dir/key.json"
refused "key.json:"
rm "$dir/key.json"
refused "key.json:"
finish
