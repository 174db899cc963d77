#include "tests/cloudsim/iam.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/world.h"

/* ---- actions -----------------------------------------------------------------------------------
 */

/* The prefixes of actions, where they are not the service's name. */
static const struct {
        const char *service, *prefix;
} prefixes[] = {
        { "bedrock-agent", "bedrock" },
        { "bedrock-data-automation", "bedrock" },
        { "bedrock-agentcore-control", "bedrock-agentcore" },
        { "agent-registry-control", "agent-registry" },
        { "devops-agent", "aidevops" },
        { "connecthealth", "health-agent" },
        { "qconnect", "wisdom" },
        { "lexv2-models", "lex" },
        { "opensearchserverless", "aoss" },
        { "marketplace-agreement", "aws-marketplace" },
        { "tagging", "tag" },
        { "service-quotas", "servicequotas" },
};

/* Operations whose action has another name; NULL: every identity may. */
static const struct {
        const char *service, *operation, *action;
} others[] = {
        { "sts", "GetCallerIdentity", NULL },
        { "s3", "HeadBucket", "ListBucket" },
        { "s3", "ListObjectsV2", "ListBucket" },
        { "s3", "ListBuckets", "ListAllMyBuckets" },
        { "s3", "GetBucketEncryption", "GetEncryptionConfiguration" },
        { "s3", "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration" },
        { "s3", "GetBucketReplication", "GetReplicationConfiguration" },
        { "s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration" },
};

bool iam_action(const char *service, const char *operation, char action[static IAM_ACTION_MAX])
{
        const char *prefix = service;

        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                if (strcmp(prefixes[i].service, service) == 0)
                        prefix = prefixes[i].prefix;
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(others[i].service, service) == 0 &&
                    strcmp(others[i].operation, operation) == 0) {
                        if (!others[i].action)
                                return false;
                        operation = others[i].action;
                }
        (void)snprintf(action, IAM_ACTION_MAX, "%s:%s", prefix, operation);
        return true;
}

/* ---- deciding ----------------------------------------------------------------------------------
 */

/* One text or a list of them: does one match? Actions do not tell case apart, resources do. */
static bool matches(const json_t *patterns, const char *text, int flags)
{
        const json_t *pattern;
        size_t i;

        if (json_is_string(patterns))
                return fnmatch(json_string_value(patterns), text, FNM_NOESCAPE | flags) == 0;
        json_array_foreach(patterns, i, pattern)
        {
                if (fnmatch(json_string_value(pattern), text, FNM_NOESCAPE | flags) == 0)
                        return true;
        }
        return false;
}

enum iam_decision iam_decide(const json_t *policies, const char *action, const char *resource)
{
        enum iam_decision decision = IAM_NOT_ALLOWED;
        const json_t *policy, *statement;
        size_t i, k;

        json_array_foreach(policies, i, policy)
        {
                json_array_foreach(json_object_get(policy, "Statement"), k, statement)
                {
                        if (!matches(json_object_get(statement, "Action"), action, FNM_CASEFOLD) ||
                            !matches(json_object_get(statement, "Resource"), resource, 0))
                                continue;
                        if (strcmp(json_member_string(statement, "Effect"), "Deny") == 0)
                                return IAM_FORBIDDEN;
                        decision = IAM_ALLOWED;
                }
        }
        return decision;
}

static void count(const struct aws_call *c, const char *action)
{
        json_t *actions = json_object_get(c->q->sim->actions, c->q->account);
        json_int_t calls = json_integer_value(json_object_get(actions, action));

        if (!actions) {
                actions = json_object();
                (void)json_object_set_new(c->q->sim->actions, c->q->account, actions);
        }
        (void)json_object_set_new(actions, action, json_integer(calls + 1));
}

bool iam_allows(const struct aws_call *c, char why[static 256])
{
        const json_t *policies = json_object_get(c->identity, "policies");
        char action[IAM_ACTION_MAX], text[64];
        const char *role =
                strcmp(c->service->name, "sts") == 0 ? request_param(c->q, "RoleArn", text) : NULL;
        enum iam_decision decision;

        if (!c->operation || !iam_action(c->service->name, c->operation->name, action))
                return true;
        /* other things have no name here: only a Resource of "*" allows them */
        decision = policies ? iam_decide(policies, action, role ? role : "*") : IAM_ALLOWED;
        if (decision == IAM_ALLOWED)
                count(c, action);
        if (decision == IAM_FORBIDDEN)
                (void)snprintf(why, 256, "with an explicit deny in an identity-based policy");
        else
                (void)snprintf(why, 256,
                               "because no identity-based policy allows the %.160s action", action);
        return decision == IAM_ALLOWED;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static bool is_text_or_texts(const json_t *value)
{
        const json_t *one;
        size_t i;

        json_array_foreach(value, i, one)
        {
                if (!json_is_string(one))
                        return false;
        }
        return json_is_string(value) || json_array_size(value) > 0;
}

static int check_statement(const json_t *statement, const char *where, struct error *err)
{
        static const char *const known[] = { "Sid", "Effect", "Action", "Resource" };
        const char *key, *effect = json_member_string(statement, "Effect");
        json_t *value;

        json_object_foreach((json_t *)statement, key, value)
        {
                bool good = false;

                for (size_t i = 0; i < ELEMENTSOF(known); i++)
                        good = good || strcmp(known[i], key) == 0;
                if (!good)
                        return error_set(err, -EINVAL, "%s: '%s' of a statement is not played",
                                         where, key);
        }
        if (!effect || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0) ||
            !is_text_or_texts(json_object_get(statement, "Action")) ||
            !is_text_or_texts(json_object_get(statement, "Resource")))
                return error_set(err, -EINVAL,
                                 "%s: a statement has Effect (Allow or Deny), Action and Resource",
                                 where);
        return 0;
}

static int check_document(const json_t *document, const char *where, struct error *err)
{
        const json_t *statements = json_object_get(document, "Statement"), *statement;
        const char *version = json_member_string(document, "Version");
        size_t i;
        int r = 0;

        if (!version || strcmp(version, "2012-10-17") != 0 || json_array_size(statements) == 0)
                return error_set(err, -EINVAL,
                                 "%s: a policy has Version 2012-10-17 and a list of Statement",
                                 where);
        json_array_foreach(statements, i, statement)
        {
                r = r < 0 ? r : check_statement(statement, where, err);
        }
        return r;
}

static int read_file(const char *base, const char *name, json_t *policies, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        json_error_t error;
        json_t *document;

        if (asprintf(&path, "%s%s%s", name[0] == '/' ? "" : base, name[0] == '/' ? "" : "/", name) <
            0) {
                path = NULL;
                return error_oom(err);
        }
        document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
        if (!document)
                return error_set(err, -EINVAL, "%s:%d:%d: %s", path, error.line, error.column,
                                 error.text);
        if (json_array_append_new(policies, document) < 0)
                return error_oom(err);
        return check_document(document, path, err);
}

/* owner: a key or a role of the world. */
static int load_owner(json_t *owner, const char *base, struct error *err)
{
        json_t *files = json_object_get(owner, "policy_file"), *one;
        json_t *policies = json_object_get(owner, "policies");
        size_t i;
        int r = 0;

        json_array_foreach(policies, i, one)
        {
                r = r < 0 ? r : check_document(one, "policies", err);
        }
        if (r < 0 || !files)
                return r;
        if (!is_text_or_texts(files))
                return error_set(err, -EINVAL, "policy_file: a name or a list of names");
        if (!policies) {
                policies = json_array();
                if (json_object_set_new(owner, "policies", policies) < 0)
                        return error_oom(err);
        }
        if (json_is_string(files))
                return read_file(base, json_string_value(files), policies, err);
        json_array_foreach(files, i, one)
        {
                r = r < 0 ? r : read_file(base, json_string_value(one), policies, err);
        }
        return r;
}

int iam_load(json_t *world, const char *base, struct error *err)
{
        const char *id, *name;
        json_t *account, *owner;
        size_t i;
        int r = 0;

        json_object_foreach(world_at(world, "aws", "accounts"), id, account)
        {
                json_array_foreach(json_object_get(account, "keys"), i, owner)
                {
                        r = r < 0 ? r : load_owner(owner, base, err);
                }
                json_object_foreach(json_object_get(account, "roles"), name, owner)
                {
                        r = r < 0 ? r : load_owner(owner, base, err);
                }
        }
        return r;
}
