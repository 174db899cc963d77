#include "tests/cloudsim/ovh.h"

#include <fnmatch.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/rest.h"
#include "tests/cloudsim/world.h"

enum { CLOCK_TOLERANCE_SECONDS = 30, TOKEN_SECONDS = 3599 };

static bool refuse(struct request *q, unsigned status, const char *code, const char *message)
{
        q->refused = true;
        ovh_error(q, status, code, message);
        return false;
}

/* ---- looking people up ---------------------------------------------------------------------- */

/* The one of the accounts' lists whose member is value, and whose account it is. */
static const json_t *find_in(const struct request *q, const char *list, const char *member,
                             const char *value, const char **ret_account)
{
        const json_t *account, *one;
        const char *name;
        size_t i;

        json_object_foreach(world_at(q->sim->world, "ovh", "accounts"), name, account)
        {
                json_array_foreach(json_object_get(account, list), i, one)
                {
                        const char *is = json_member_string(one, member);

                        if (value && is && strcmp(is, value) == 0) {
                                *ret_account = name;
                                return one;
                        }
                }
        }
        return NULL;
}

/* Known, and a customer of the company that was asked. */
static bool take(struct ovh_call *c, const json_t *identity, const char *account)
{
        const json_t *owner =
                account ? world_at(c->q->sim->world, "ovh", "accounts", account) : NULL;
        const char *endpoint = json_member_string(owner, "endpoint");

        if (!identity || strcmp(endpoint ? endpoint : "ovh-eu", c->endpoint) != 0)
                return false;
        (void)snprintf(c->q->account, sizeof(c->q->account), "%s", account);
        c->identity = identity;
        c->account = owner;
        return true;
}

/* ---- signatures ----------------------------------------------------------------------------- */

static void signature_of(const struct ovh_call *c, const char *timestamp, char signature[static 48])
{
        struct buffer text = BUFFER_INIT((size_t)64 * 1024);
        const struct request *q = c->q;
        const char *secret = json_member_string(c->identity, "application_secret");
        const char *consumer = json_member_string(c->identity, "consumer_key");
        char hex[41];

        buffer_printf(&text, "%s+%s+%s+https://%s%s%s%s+%s+%s", secret ? secret : "",
                      consumer ? consumer : "", q->method, q->host, q->path, *q->query ? "?" : "",
                      q->query, buffer_text(&q->body), timestamp);
        (void)snprintf(signature, 48, "$1$%s",
                       digest_sha1_hex(buffer_text(&text), text.size_bytes, hex));
        buffer_done(&text);
}

static bool in_time(const struct request *q, const char *timestamp)
{
        uint64_t now = (sim_now_usec(q->sim) + (uint64_t)q->effects.skew_usec) / USEC_PER_SEC, at;

        if (!timestamp || number_parse_u64(timestamp, &at) < 0)
                return false;
        return at < now + CLOCK_TOLERANCE_SECONDS && now < at + CLOCK_TOLERANCE_SECONDS;
}

static bool check_signature(struct ovh_call *c)
{
        const char *timestamp = request_header(c->q, "X-Ovh-Timestamp");
        const char *came = request_header(c->q, "X-Ovh-Signature");
        char signature[48];

        if (!in_time(c->q, timestamp))
                return refuse(c->q, 400, "Client::BadRequest", "Invalid timestamp");
        signature_of(c, timestamp, signature);
        if (!came || strcmp(came, signature) != 0)
                return refuse(c->q, 400, "Client::BadRequest", "Invalid signature");
        return true;
}

static bool authenticate_key(struct ovh_call *c, const char *key)
{
        const char *consumer = request_header(c->q, "X-Ovh-Consumer"), *account = NULL;
        const char *status, *is;
        const json_t *found = find_in(c->q, "keys", "application_key", key, &account);

        if (!take(c, found, account))
                return refuse(c->q, 403, "INVALID_KEY", "This application key is invalid");
        is = json_member_string(found, "consumer_key");
        if (!consumer || !is || strcmp(consumer, is) != 0)
                return refuse(c->q, 403, "INVALID_CREDENTIAL", "This credential is not valid");
        status = json_member_string(found, "status");
        if (status && strcmp(status, "validated") != 0)
                return refuse(c->q, 403, "NOT_CREDENTIAL",
                              strcmp(status, "expired") == 0 ? "This credential has expired"
                                                             : "This credential is not valid: "
                                                               "pending validation");
        return check_signature(c);
}

/* ---- tokens --------------------------------------------------------------------------------- */

static bool authenticate_bearer(struct ovh_call *c)
{
        struct request *q = c->q;
        const char *header = request_header(q, "Authorization"), *account = NULL;
        const json_t *issued = rest_bearer(q), *found;

        if (issued) {
                found = find_in(q, "service_accounts", "client_id",
                                json_member_string(issued, "client_id"), &account);
        } else {
                found = find_in(q, "access_tokens", "token",
                                header && strncmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL,
                                &account);
                (void)snprintf(q->access_key, sizeof(q->access_key), "%s",
                               found ? json_member_string(found, "token") : "");
        }
        if (!take(c, found, account))
                return refuse(q, 401, "Client::Unauthorized", "Invalid token");
        return true;
}

bool ovh_authenticate(struct ovh_call *c)
{
        const char *key = request_header(c->q, "X-Ovh-Application");

        if (key)
                return authenticate_key(c, key);
        if (request_header(c->q, "Authorization"))
                return authenticate_bearer(c);
        return refuse(c->q, 401, "Client::Unauthorized", "You must login first");
}

static void token_error(struct request *q, unsigned status, const char *code, const char *message)
{
        json_auto_t *body = json_pack("{ss ss*}", "error", code ? code : "server_error",
                                      "error_description", message);

        reply_json(q, status, body);
}

static void issue(struct request *q, const char *account, const json_t *service)
{
        json_int_t seconds = json_integer_value(json_object_get(service, "lifetime_seconds"));
        const char *token;
        json_auto_t *body = NULL;

        seconds = seconds > 0 ? seconds : TOKEN_SECONDS;
        (void)snprintf(q->account, sizeof(q->account), "%s", account);
        token = rest_issue(q->sim,
                           json_pack("{ss}", "client_id", json_member_string(service, "client_id")),
                           (uint64_t)seconds * USEC_PER_SEC);
        body = json_pack("{ss ss sI ss}", "access_token", token, "token_type", "Bearer",
                         "expires_in", seconds, "scope", "all");
        reply_json(q, 200, body);
}

void ovh_answer_token(struct request *q)
{
        static const char *const hosts[][2] = {
                { "www.ovh.com", "ovh-eu" },
                { "ca.ovh.com", "ovh-ca" },
                { "us.ovhcloud.com", "ovh-us" },
        };
        struct ovh_call c = { .q = q, .endpoint = "ovh-eu" };
        const char *account = NULL, *secret;
        char id[64], came[64], grant[64];
        const json_t *found;

        for (size_t i = 0; i < ELEMENTSOF(hosts); i++)
                if (strcmp(q->host, hosts[i][0]) == 0)
                        c.endpoint = hosts[i][1];
        request_parse_pairs(q, buffer_text(&q->body));
        (void)snprintf(q->service, sizeof(q->service), "auth");
        (void)snprintf(q->operation, sizeof(q->operation), "%s", q->path);
        faults_match(q);
        if (faults_answer(q, token_error))
                return;
        found = find_in(q, "service_accounts", "client_id", request_param(q, "client_id", id),
                        &account);
        secret = json_member_string(found, "client_secret");
        if (!request_param(q, "grant_type", grant) ||
            strcmp(request_param(q, "grant_type", grant), "client_credentials") != 0)
                token_error(q, 400, "unsupported_grant_type", NULL);
        else if (!take(&c, found, account) || !secret || !request_param(q, "client_secret", came) ||
                 strcmp(request_param(q, "client_secret", came), secret) != 0)
                token_error(q, 401, "invalid_client", "Client authentication failed");
        else
                issue(q, account, found);
}

/* ---- rights --------------------------------------------------------------------------------- */

/* The actions of a policy document, as POST /v2/iam/policy takes it, are the identity's. */
static json_t *actions_of(const json_t *identity)
{
        const char *file = json_member_string(identity, "policy_file");
        json_auto_t *document = file ? json_load_file(file, 0, NULL) : NULL;
        json_t *actions = file ? json_array() : json_incref(json_object_get(identity, "actions"));
        json_t *one;
        size_t i;

        json_array_foreach(json_object_get(json_object_get(document, "permissions"), "allow"), i,
                           one)
        {
                (void)json_array_append(actions, json_object_get(one, "action"));
        }
        return actions;
}

static json_t *rules_of(const json_t *identity)
{
        const char *file = json_member_string(identity, "rules_file");
        json_auto_t *document = file ? json_load_file(file, 0, NULL) : NULL;

        if (file)
                return document ? json_incref(json_object_get(document, "accessRules"))
                                : json_array();
        return json_incref(json_object_get(identity, "rules"));
}

/* A rule names version 1 without its number; "*" stands for anything. */
static bool rule_allows(const struct request *q, const json_t *rule)
{
        const char *method = json_member_string(rule, "method");
        const char *path = json_member_string(rule, "path");
        const char *asked = strncmp(q->path, "/v1/", 4) == 0 ? q->path + 3 : q->path;

        return method && path && strcmp(method, q->method) == 0 && fnmatch(path, asked, 0) == 0;
}

bool ovh_allows(struct ovh_call *c)
{
        json_auto_t *actions = actions_of(c->identity), *rules = rules_of(c->identity);
        const char *action = c->route ? c->route->action : NULL;
        json_t *rule;
        size_t i;

        if (rules) {
                json_array_foreach(rules, i, rule)
                {
                        if (rule_allows(c->q, rule))
                                return true;
                }
                return refuse(c->q, 403, "NOT_GRANTED_CALL", "This call has not been granted");
        }
        if (!action || rest_allows(c->q, actions, action))
                return true;
        return refuse(c->q, 403, "Client::Forbidden", action);
}
