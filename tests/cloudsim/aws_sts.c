#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/world.h"
#include "tests/cloudsim/xml.h"

enum { LIFETIME_MIN_SECONDS = 900, LIFETIME_MAX_SECONDS = 43200, LIFETIME_SECONDS = 3600 };

static bool wants_json(const struct aws_call *c)
{
        const char *accept = request_header(c->q, "Accept");

        return accept && strcmp(accept, "application/json") == 0;
}

/* {"<Op>Response": {"<Op>Result": …}} or the same in XML. */
void aws_reply_query(struct aws_call *c, const json_t *result)
{
        char name[64], result_name[64];
        json_auto_t *body = NULL, *inner = NULL;

        (void)snprintf(name, sizeof(name), "%sResponse", c->operation->name);
        (void)snprintf(result_name, sizeof(result_name), "%sResult", c->operation->name);
        inner = json_pack("{sO s{ss}}", result_name, result, "ResponseMetadata", "RequestId",
                          "sim");
        if (wants_json(c)) {
                body = json_pack("{sO}", name, inner);
                reply_json(c->q, 200, body);
                return;
        }
        reply_text(c->q, 200, "text/xml", "");
        xml_add(&c->q->reply.body, name, inner);
}

static void caller_identity(struct aws_call *c)
{
        json_auto_t *result = json_pack("{ss ss ss}", "Account", c->q->account, "Arn",
                                        json_member_string(c->identity, "arn"), "UserId",
                                        json_member_string(c->identity, "user"));

        aws_reply_query(c, result);
}

/* "arn:aws:iam::<account>:role/<name>" */
static bool split_role(const char *arn, char account[static 16], char name[static 128])
{
        const char *at = arn ? strstr(arn, ":iam::") : NULL, *role;

        if (!at || strlen(at) < 6 + 12)
                return false;
        (void)snprintf(account, 16, "%.12s", at + 6);
        role = strstr(at, ":role/");
        if (!role)
                return false;
        (void)snprintf(name, 128, "%s", role + strlen(":role/"));
        return true;
}

static bool list_has(const json_t *list, const char *value)
{
        size_t i;
        json_t *one;

        json_array_foreach(list, i, one)
        {
                if (json_is_string(one) && strcmp(json_string_value(one), value) == 0)
                        return true;
        }
        return false;
}

/* JSON has the expiry as a number, with an exponent; XML as a time. */
static json_t *expiration(const struct aws_call *c, const json_t *identity)
{
        uint64_t usec = (uint64_t)json_integer_value(json_object_get(identity, "expires_usec"));
        char text[CLOCK_TEXT_MAX];

        if (wants_json(c))
                return json_real((double)(usec - usec % USEC_PER_SEC) / 1e6);
        return json_string(clock_format_rfc3339(usec, text));
}

static void issue(struct aws_call *c, const char *account, const char *name, const json_t *role)
{
        char text[64];
        const char *session = request_param(c->q, "RoleSessionName", text);
        uint64_t seconds = request_param_u64(c->q, "DurationSeconds", LIFETIME_SECONDS);
        json_int_t fixed = json_integer_value(json_object_get(role, "lifetime_seconds"));
        const char *key;
        json_t *identity;
        json_auto_t *result = NULL;

        if (!session || seconds < LIFETIME_MIN_SECONDS || seconds > LIFETIME_MAX_SECONDS) {
                aws_refuse(c, AWS_BAD_REQUEST, "RoleSessionName or DurationSeconds");
                return;
        }
        if (c->identity && json_object_get(c->identity, "token") && seconds > LIFETIME_SECONDS) {
                aws_refuse(c, AWS_BAD_REQUEST,
                           "The requested DurationSeconds exceeds the 1 hour session limit for "
                           "roles assumed by role chaining");
                return;
        }
        if (fixed > 0)
                seconds = (uint64_t)fixed;
        identity = identity_issue(c->q->sim, account, name, session, seconds * USEC_PER_SEC, &key);
        result = json_pack("{s{ss ss ss so} s{ss ss}}", "Credentials", "AccessKeyId", key,
                           "SecretAccessKey", json_member_string(identity, "secret"),
                           "SessionToken", json_member_string(identity, "token"), "Expiration",
                           expiration(c, identity), "AssumedRoleUser", "AssumedRoleId",
                           json_member_string(identity, "user"), "Arn",
                           json_member_string(identity, "arn"));
        aws_reply_query(c, result);
}

static bool is_active(const struct sim *s, const char *account)
{
        const json_t *a = world_at(s->world, "aws", "accounts", account);
        const char *state = json_member_string(a, "state");

        if (!state)
                state = json_member_string(a, "status");
        return !state || strcmp(state, "ACTIVE") == 0;
}

static void assume_role(struct aws_call *c, bool web)
{
        char account[16] = "", name[128] = "", text[3][64];
        const char *arn = request_param(c->q, "RoleArn", text[0]);
        const char *external = request_param(c->q, "ExternalId", text[1]), *wanted;
        const char *token = request_param(c->q, "WebIdentityToken", text[2]);
        const json_t *role = NULL;
        bool trusted;

        if (split_role(arn, account, name))
                role = world_at(c->q->sim->world, "aws", "accounts", account, "roles", name);
        if (web) {
                trusted = token && list_has(json_object_get(role, "web_identity"), token);
        } else {
                wanted = json_member_string(role, "external_id");
                trusted = is_active(c->q->sim, account) &&
                          list_has(json_object_get(role, "trusted"), c->q->account) &&
                          (!wanted || (external && strcmp(wanted, external) == 0));
        }
        if (trusted)
                issue(c, account, name, role);
        else if (web)
                aws_error(c, 400, "InvalidIdentityToken", "The token is not known here");
        else
                aws_refuse(c, AWS_DENIED, NULL);
}

bool aws_sts(struct aws_call *c)
{
        if (strcmp(c->service->name, "sts") != 0)
                return false;
        if (strcmp(c->operation->name, "GetCallerIdentity") == 0)
                caller_identity(c);
        else
                assume_role(c, strcmp(c->operation->name, "AssumeRoleWithWebIdentity") == 0);
        return true;
}
