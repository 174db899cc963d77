# cloudsim's Google Cloud, asked with curl and not with vigie: tokens, who is charged, pages, names, and errors in Google's own shape.
. tests/e2e/lib.sh
start_cloudsim tests/worlds/gcp-signin --set settings.page_size=1
google() { # URL [OPTION…]: the reply in $dir/reply, its status in $code
        code=$(curl -sS --connect-to "::127.0.0.1:$port" --cacert "$ca" -o "$dir/reply" -w '%{http_code}' "$@")
}
says() { # STATUS FILTER: the last reply
        [ "$code" = "$1" ] || { cat "$dir/reply" >&2; fail "status $code, expected $1"; }
        jq -e "$2" "$dir/reply" >/dev/null || { cat "$dir/reply" >&2; fail "not so: $2"; }
        passed=$((passed + 1))
}
reason() { echo ".error.details[0].reason == \"$1\" and .error.status == \"$2\""; }
oauth=https://oauth2.googleapis.com/token
client='client_id=client.apps.googleusercontent.com&client_secret=SECRETclient'

# ---- tokens ---------------------------------------------------------------------------------------------------------------
google $oauth -d "grant_type=refresh_token&$client&refresh_token=1//SECRETrefresh"
says 200 '.token_type == "Bearer" and .expires_in == 3599'
user=$(jq -r .access_token "$dir/reply")
google $oauth -d "grant_type=refresh_token&$client&refresh_token=other"
says 400 '.error == "invalid_grant"'
google $oauth -d "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=1//SECRETrefresh"
says 401 '.error == "invalid_client"'
google $oauth -d "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c"
says 400 '.error == "invalid_grant"'
google https://sts.googleapis.com/v1/token -d 'grant_type=urn:ietf:params:oauth:grant-type:token-exchange&audience=//nothing&subject_token=x&subject_token_type=y'
says 400 '.error == "invalid_target"'
code=$(curl -sS -o "$dir/reply" -w '%{http_code}' "$http/computeMetadata/v1/instance/service-accounts/default/token")
ok "the metadata server wants its header" test "$code" = 403
code=$(curl -sS -H 'Metadata-Flavor: Google' -D "$dir/head" -o "$dir/reply" -w '%{http_code}' "$http/computeMetadata/v1/instance/service-accounts/default/token")
says 200 '.expires_in == 3599'
ok "and says who it is" grep -qi '^metadata-flavor: google' "$dir/head"
sa=$(jq -r .access_token "$dir/reply")
narrow='https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts'
google "$narrow/etroit@hexagone-outils.iam.gserviceaccount.com:generateAccessToken" -H "Authorization: Bearer $sa" -d '{"scope": []}'
says 200 '.expireTime | test("Z$")'
few=$(jq -r .accessToken "$dir/reply")
google "$narrow/cible@hexagone-outils.iam.gserviceaccount.com:generateAccessToken" -H "Authorization: Bearer $user" -d '{}'
says 403 "$(reason IAM_PERMISSION_DENIED PERMISSION_DENIED)"
google "$narrow/personne@x.iam.gserviceaccount.com:generateAccessToken" -H "Authorization: Bearer $sa" -d '{}'
says 404 '.error.status == "NOT_FOUND"'

# ---- who asks, and who pays -----------------------------------------------------------------------------------------------
search=https://cloudresourcemanager.googleapis.com/v3/projects:search
vertex=https://europe-west1-aiplatform.googleapis.com/v1/projects
google $search
says 401 "$(reason CREDENTIALS_MISSING UNAUTHENTICATED)"
google $search -H 'Authorization: Bearer ya29.invented'
says 401 "$(reason ACCESS_TOKEN_EXPIRED UNAUTHENTICATED)"
google $search -H "Authorization: Bearer $user"
says 403 '.error.details[0].metadata.consumer == "projects/764086051850"'
google $search -H "Authorization: Bearer $user" -H 'x-goog-user-project: hexagone-quota'
says 200 '.projects | length == 1'
google $search -H "Authorization: Bearer $user" -H 'x-goog-user-project: ailleurs'
says 403 "$(reason USER_PROJECT_DENIED PERMISSION_DENIED)"
google "$vertex/hexagone-vide/locations/europe-west1/endpoints" -H "Authorization: Bearer $sa"
says 403 '.error.details[0].metadata == {service: "aiplatform.googleapis.com", consumer: "projects/4343"}'
google "$vertex/hexagone-sans-compte/locations/europe-west1/endpoints" -H "Authorization: Bearer $sa"
says 403 "$(reason BILLING_DISABLED PERMISSION_DENIED)"
google "$vertex/hexagone-ia/locations/europe-west1/endpoints" -H "Authorization: Bearer $few"
says 403 '.error.details[0].metadata.permission == "aiplatform.endpoints.list"'
google "$vertex/inconnu/locations/europe-west1/endpoints" -H "Authorization: Bearer $sa"
says 403 "$(reason IAM_PERMISSION_DENIED PERMISSION_DENIED)"

# ---- pages, names, places ---------------------------------------------------------------------------------------------------
list=$vertex/4242/locations/europe-west1/endpoints # by the project's number
google "$list" -H "Authorization: Bearer $sa"
says 200 '(.endpoints | length == 1) and .nextPageToken != null'
token=$(jq -r '.nextPageToken | @uri' "$dir/reply")
google "$list?pageToken=$token" -H "Authorization: Bearer $sa"
says 200 '.endpoints[0].displayName == "tri" and .nextPageToken == null'
google "$list?pageToken=$token&filter=x" -H "Authorization: Bearer $sa"
says 400 '.error.status == "INVALID_ARGUMENT"'
google "$list?pageSize=5000" -H "Authorization: Bearer $sa"
says 400 '.error.message | test("page size")'
google "$list/2" -H "Authorization: Bearer $sa"
says 200 '.displayName == "tri"'
google "$list/9" -H "Authorization: Bearer $sa"
says 404 '.error.status == "NOT_FOUND"'
google "$vertex/hexagone-ia/locations/europe-west4/endpoints" -H "Authorization: Bearer $sa"
says 404 '.error.code == 404' # at another location's host
google "$vertex/hexagone-ia/locations/europe-west1/models" -H "Authorization: Bearer $sa"
says 200 '. == {}'
google https://aiplatform.eu.rep.googleapis.com/v1/projects/hexagone-ia/locations/eu/endpoints -H "Authorization: Bearer $sa"
says 200 '.endpoints[0].displayName == "europe"'
google "https://cloudasset.googleapis.com/v1/projects/hexagone-ia:searchAllResources?assetTypes=compute.googleapis.com/.*" -H "Authorization: Bearer $sa"
says 200 '[.results[].displayName] == ["autre"]'
google -X POST https://cloudresourcemanager.googleapis.com/v1/projects/hexagone-ia:getAncestry -H "Authorization: Bearer $sa" -d '{}'
says 200 '[.ancestor[].resourceId.type] == ["project", "organization"]' # whole, whatever the size of pages
google 'https://serviceusage.googleapis.com/v1/projects/4242/services:batchGet?names=projects/4242/services/run.googleapis.com' -H "Authorization: Bearer $sa"
says 200 '.services[0] | .state == "DISABLED" and .config.name == "run.googleapis.com"'
control POST faults '{"match": {"service": "aiplatform", "operation": "endpoints.list"}, "do": {"status": 403, "code": "rateLimitExceeded"}}' >/dev/null
google "$list" -H "Authorization: Bearer $sa"
says 403 '.error.errors[0].reason == "rateLimitExceeded"'
finish
