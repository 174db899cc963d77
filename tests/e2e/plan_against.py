# plan_against.py PLAN LOG rescan|fresh [DOUBTFUL…]: the plan against what cloudsim was asked, place by place, host by host, operation by
# operation. Every number must be the same, whether the plan doubts it or not, but for those that FEWER or MORE names; and the
# operations that it doubts must be those that are named. A name is "operation", "operation=+2" (made twice more than planned) or
# "operation=-2".
import collections
import json
import re
import sys

# cloudsim's names for paths that it does not keep as they are
SIM_PATHS = {"/k8s/v1/clusters/{id}/pools": "/k8s/v1/pools", "/k8s/v1/clusters/{id}/acls": "/k8s/v1/acls", "/{id}/v1/batches": "/v1/batches"}
BY_OPERATION = {"huggingface", "mistral", "replicate"}  # cloudsim has the catalogue's names for what they are asked
VARIABLES = {"suffix": "amazonaws.com", "global_region": "us-east-1", "home_region": "eu-west-1", "ce_suffix": "amazonaws.com", "dualstack_suffix": "api.aws"}


REGISTRY = "/registry/v1/namespaces"


def planned(row):
    if (row["path"] or "").startswith("/registry/v1/"):  # in the region that an image's address names
        return row["host"], "*", REGISTRY
    if row["provider"] == "scaleway" and row["host"].startswith("s3."):  # in the region of the bucket
        return "s3.*.scw.cloud", "*", row["call"]
    region = "*" if row["call"] in elsewhere else row["region"]  # sent where the thing is
    host = re.sub(r"\{(\w+)\}", lambda m: region if m[1] == "region" else VARIABLES[m[1]], row["host"])
    if row["provider"] == "aws":
        return host, row["scope"], row["call"]
    if row["provider"] in BY_OPERATION:
        return host, "global" if row["region"] is None else region, row["call"]
    path = re.sub(r"/(regions|zones)/\{(region|zone)\}", "", row["path"])
    place = region if path != row["path"] else "global"
    path = re.sub(r"\{[^}]*\}", "{id}", path)
    return host, place, SIM_PATHS.get(path, path)


def asked(row):
    if row["provider"] == "scaleway" and row["service"] == "s3":
        return "s3.*.scw.cloud", "*", row["operation"]
    host = row["host"].split(":")[0]
    if row["operation"] == REGISTRY:
        return host, "*", REGISTRY
    if row["operation"] in elsewhere:
        host = host.replace(row["region"], "*")
    if row["provider"] == "aws":
        return host, row["account"], row["operation"]
    return host, row["region"], row["operation"]


plan, log = (json.load(open(p)) for p in sys.argv[1:3])
log = [row for row in log if row["operation"] != "AssumeRole"]  # signing in is not counted
# nor what Scaleway is asked in it, before anything else: who bears the key, and what its policies allow in which projects
for operation in "/iam/v1alpha1/api-keys/{id}", "/iam/v1alpha1/applications/{id}", "/iam/v1alpha1/groups", "/iam/v1alpha1/policies", "/iam/v1alpha1/rules", "/account/v3/projects":
    first = next((i for i, row in enumerate(log) if row["provider"] == "scaleway"), None)
    if first is not None and log[first]["operation"] == operation:
        del log[first]
# nor the Admin key that asks Mistral for the workspaces before it is used
signed_in = next((row for row in log if row["operation"] == "ListWorkspaces"), None)
log = [row for row in log if row is not signed_in]
mode, named = sys.argv[3], dict((n.split("=") + ["0"])[:2] for n in sys.argv[4:])
elsewhere = {row["call"] for row in plan["calls"] if row["sent_to"]}
want, doubts, differences, owners = collections.Counter(), set(), collections.Counter(), {}
for row in plan["calls"]:
    key = planned(row)
    if row["scope"] == "" and row["provider"] == "aws":  # the account of the credentials: the log knows which
        key = (key[0], owners.setdefault(row["account"], next(r["scope"] for r in plan["calls"] if r["account"] == row["account"] and r["scope"])), key[2])
    want[key] += row[mode]["calls"]
    if row[mode]["doubt"]:
        doubts.add(key[2])
got = collections.Counter(asked(row) for row in log)
for key in set(want) | set(got):
    differences[key[2]] += got[key] - want[key]
    assert got[key] == want[key] or int(named.get(key[2], 0)), f"{mode}: {key}: planned {want[key]}, asked {got[key]}"
assert doubts == set(named), f"{mode}: doubted {sorted(doubts)}, expected {sorted(named)}"
for operation, expected in named.items():
    assert differences[operation] == int(expected), f"{mode}: {operation}: {differences[operation]:+d}, expected {expected}"
assert len(log) == sum(want.values()) + sum(int(n) for n in named.values())
assert plan["total"]["calls"][mode] == sum(want.values())
