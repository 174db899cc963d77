#include "providers/aws/policy.h"

#include "daemon/base/json.h"
#include "providers/aws/account.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { SID_MAX = 64 };

size_t aws_policy_chars(const json_t *document)
{
        _cleanup_(freep) char *text = json_dumps(document, JSON_COMPACT);
        size_t n = 0;

        for (const char *c = text; c && *c; c++)
                n += !isspace((unsigned char)*c);
        return n;
}

static json_t *document_new(void)
{
        return json_pack("{ss s[]}", "Version", "2012-10-17", "Statement");
}

/* ---- statements --------------------------------------------------------------------------------
 */

/* "bedrock-agentcore:GetMemory" → "BedrockAgentcore": a Sid has letters and digits only. */
static void sid_of(const char *action, char sid[static SID_MAX])
{
        bool upper = true;
        size_t n = 0;

        for (const char *c = action; *c != ':' && n + 2 < SID_MAX; c++) {
                if (isalnum((unsigned char)*c))
                        sid[n++] = upper ? (char)toupper((unsigned char)*c) : *c;
                upper = !isalnum((unsigned char)*c);
        }
        sid[n] = '\0';
}

/* "<prefix>:<Operation>", both whole: what is not asked is not granted. */
static bool action_is_valid(const char *action)
{
        size_t prefix = strspn(action, "abcdefghijklmnopqrstuvwxyz0123456789-");
        const char *operation = action + prefix + 1;

        return prefix > 0 && action[prefix] == ':' && isupper((unsigned char)*operation) &&
               operation[strspn(operation, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789")] == '\0';
}

static json_t *statement_new(const char *sid, const json_t *actions, const char *resource)
{
        return json_pack("{ss ss sO ss}", "Sid", sid, "Effect", "Allow", "Action", actions,
                         "Resource", resource);
}

/* One statement for each service; own: those that only the account itself needs. */
static int statements_of(const struct permission_set *permissions, bool own, json_t *ret,
                         struct error *err)
{
        json_t *last = NULL;

        for (size_t i = 0; i < permissions->n_permissions; i++) {
                const char *action = permissions->permissions[i].name;
                json_auto_t *none = json_array();
                char sid[SID_MAX];

                if (permissions->permissions[i].own != own)
                        continue;
                if (!action_is_valid(action))
                        return error_set(err, -EINVAL,
                                         "the catalogue's permission '%s' is no action of IAM",
                                         action);
                sid_of(action, sid);
                if (!last || strcmp(json_member_string(last, "Sid"), sid) != 0) {
                        last = statement_new(sid, none, "*");
                        if (json_array_append_new(ret, last) < 0)
                                return error_oom(err);
                }
                if (json_array_append_new(json_object_get(last, "Action"), json_string(action)) < 0)
                        return error_oom(err);
        }
        return 0;
}

/* ---- splitting ---------------------------------------------------------------------------------
 */

static bool try_append(json_t *document, const json_t *statement)
{
        json_t *statements = json_object_get(document, "Statement");

        if (json_array_append(statements, (json_t *)statement) < 0)
                return false;
        if (aws_policy_chars(document) <= AWS_MANAGED_POLICY_CHARS)
                return true;
        (void)json_array_remove(statements, json_array_size(statements) - 1);
        return false;
}

/* Into the last document, or a new one; actions are divided only where a service alone is too much
 * for one. */
static int pack(json_t *documents, const json_t *statement, struct error *err)
{
        json_t *last = json_array_get(documents, json_array_size(documents) - 1), *actions;
        size_t n;

        if (last && try_append(last, statement))
                return 0;
        if (!last || json_array_size(json_object_get(last, "Statement")) > 0) {
                last = document_new();
                if (json_array_append_new(documents, last) < 0)
                        return error_oom(err);
                if (try_append(last, statement))
                        return 0;
        }
        actions = json_object_get(statement, "Action");
        n = json_array_size(actions);
        if (n < 2)
                return error_set(err, -E2BIG, "one action is more than a policy takes");
        for (int half = 0; half < 2; half++) {
                json_auto_t *some = json_array(), *part = NULL;
                char sid[SID_MAX + 1];
                int r;

                for (size_t i = half ? n / 2 : 0; i < (half ? n : n / 2); i++)
                        (void)json_array_append(some, json_array_get(actions, i));
                (void)snprintf(sid, sizeof(sid), "%s%s", json_member_string(statement, "Sid"),
                               half ? "2" : "");
                part = statement_new(sid, some, "*");
                r = part ? pack(documents, part, err) : error_oom(err);
                if (r < 0)
                        return r;
        }
        return 0;
}

int aws_policies_read(const struct permission_set *permissions, json_t **ret, struct error *err)
{
        json_auto_t *statements = json_array(), *documents = json_array();
        json_t *statement;
        size_t i;
        int r = statements_of(permissions, false, statements, err);

        json_array_foreach(statements, i, statement)
        {
                r = r < 0 ? r : pack(documents, statement, err);
        }
        if (r < 0)
                return r;
        if (json_array_size(documents) == 0)
                return error_set(err, -ENOENT, "nothing is asked: there is nothing to grant");
        *ret = TAKE_PTR(documents);
        return 0;
}

/* ---- signing in elsewhere ----------------------------------------------------------------------
 */

static const struct aws_options *options_of(const struct grant_request *request)
{
        return request->config ? request->config->options : NULL;
}

static const char *member_role_of(const struct grant_request *request)
{
        const struct aws_options *o = options_of(request);

        return !o ? NULL : o->organization.role ? o->organization.role : o->role;
}

int aws_role_name_check(const struct grant_request *request, struct error *err)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_+=,.@:/-"; /* also of an ARN */
        const char *role = member_role_of(request);

        if (role && role[strspn(role, allowed)] != '\0')
                return error_set(err, -EINVAL, "role: '%s' is neither a role's name nor its ARN",
                                 role);
        return 0;
}

void aws_role_name_of(const struct grant_request *request, struct aws_role_name *ret)
{
        const char *role = member_role_of(request), *name = role ? strstr(role, ":role/") : NULL;
        const char *slash;

        name = name ? name + strlen(":role/") : role ? role : "vigie-read";
        while (*name == '/')
                name++;
        slash = strrchr(name, '/');
        *ret = (struct aws_role_name){ .path = "/" };
        if (slash)
                (void)snprintf(ret->path, sizeof(ret->path), "/%.*s", (int)(slash - name) + 1,
                               name);
        (void)snprintf(ret->name, sizeof(ret->name), "%.64s", slash ? slash + 1 : name);
}

static const char *partition_for(const struct grant_request *request)
{
        const struct aws_options *o = options_of(request);
        const struct partition *of_role = o && o->role ? partition_of_arn(o->role) : NULL;
        char **regions = request->config ? request->config->regions : NULL;

        if (o && o->partition)
                return o->partition;
        if (of_role)
                return of_role->name;
        if (request->account)
                return request->account->partition->name;
        return regions && *regions ? partition_of_region(*regions)->name
                                   : partition_default()->name;
}

static int add_role(json_t *arns, const struct grant_request *request, const char *account_id)
{
        struct aws_role_name role;

        aws_role_name_of(request, &role);
        return json_array_append_new(arns,
                                     json_sprintf("arn:%s:iam::%s:role%s%s", partition_for(request),
                                                  account_id, role.path, role.name));
}

/* The roles of the accounts that are named; the role of that name in any, where they are found. */
static int member_roles(const struct grant_request *request, json_t *arns)
{
        const struct aws_options *o = options_of(request);
        char **const lists[] = { o->organization.accounts, request->config->scopes };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                for (char **id = lists[i]; id && *id && r == 0; id++)
                        r = add_role(arns, request, *id);
        if (json_array_size(arns) == 0)
                r = add_role(arns, request, "*");
        return r;
}

static json_t *assume(const char *sid, const json_t *arns)
{
        return json_pack("{ss ss ss sO}", "Sid", sid, "Effect", "Allow", "Action", "sts:AssumeRole",
                         "Resource", arns);
}

static int policy_add(json_t *ret, const char *name, const char *description,
                      const json_t *statements)
{
        return json_array_append_new(
                ret, json_pack("{ss ss s{ss sO}}", "PolicyName", name, "Description", description,
                               "PolicyDocument", "Version", "2012-10-17", "Statement", statements));
}

static int add_first_role(const struct grant_request *request, json_t *ret)
{
        const struct aws_options *o = options_of(request);
        json_auto_t *statements = NULL, *arns = NULL;

        if (!o || !o->role || strncmp(o->role, "arn:", 4) != 0)
                return 0;
        arns = json_pack("[s]", o->role);
        statements = json_pack("[o]", assume("AssumeRole", arns));
        return policy_add(ret, "vigie-sign-in",
                          "Only for the identity whose credentials vigie is given: it assumes the "
                          "role that scans, and needs nothing else.",
                          statements);
}

static int add_members(const struct grant_request *request, json_t *ret, struct error *err)
{
        const struct aws_options *o = options_of(request);
        bool organization = o && o->organization.place.line > 0;
        bool members = o && member_role_of(request) && (organization || request->config->scopes);
        /* the configuration says it also of an account that could not be opened */
        bool finds = !o || (organization && !o->organization.accounts);
        json_auto_t *statements = json_array(), *arns = json_array();
        int r = finds ? statements_of(request->permissions, true, statements, err) : 0;

        if (r < 0)
                return r;
        if (members && (member_roles(request, arns) < 0 ||
                        json_array_append_new(statements, assume("AssumeMemberRoles", arns)) < 0))
                return error_oom(err);
        if (json_array_size(statements) == 0)
                return 0;
        return policy_add(ret, "vigie-organization",
                          "Only for the identity that looks into the other accounts: it finds them "
                          "and assumes the role there. The members' role does without.",
                          statements);
}

int aws_policies_sign_in(const struct grant_request *request, json_t **ret, struct error *err)
{
        json_auto_t *policies = json_array();
        int r;

        if (!policies || add_first_role(request, policies) < 0)
                return error_oom(err);
        r = add_members(request, policies, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(policies);
        return 0;
}
