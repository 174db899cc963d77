/* SSO: the sign-in that "aws sso login" left in a cache file, renewed while that works, and
 * exchanged for a role's credentials. */
#include "providers/aws/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { SSO_TRIES_MAX = 4 };

static const uint64_t renew_before_usec = 15 * USEC_PER_MINUTE;

/* ---- the cache ---------------------------------------------------------------------------------
 */

static int cache_read(const struct flow_at *at, json_t **ret, struct error *err)
{
        const struct chain *c = &at->account->chain;
        struct error local = { 0 };
        char *text = NULL;
        int r = secret_file_read(c->sso_cache, &text, &local);

        if (r < 0)
                return error_set(err, -EACCES, "%s; run '%s'", local.text, c->sso_login);
        r = json_parse(text, strlen(text), ret, &local);
        secret_free(text);
        if (r == 0 && !json_member_string(*ret, "accessToken")) {
                secret_json_free(TAKE_PTR(*ret));
                r = -EBADMSG;
        }
        if (r < 0)
                return error_set(err, -EACCES, "%s holds no sign-in; run '%s'", c->sso_cache,
                                 c->sso_login);
        return 0;
}

/* 0 when it is not there or unreadable: the time has passed. */
static uint64_t cache_time(const json_t *cache, const char *key)
{
        const char *text = json_member_string(cache, key);
        char iso[40];
        uint64_t usec;
        size_t n;

        if (!text)
                return 0;
        n = strlen(text);
        (void)snprintf(iso, sizeof(iso), "%s", text);
        /* older tools write "2026-01-15T08:30:00UTC" */
        if (n > 3 && n < sizeof(iso) && strcmp(text + n - 3, "UTC") == 0)
                memcpy(iso + n - 3, "Z", 2);
        return clock_parse_iso8601(iso, &usec) == 0 ? usec : 0;
}

static bool can_renew(const json_t *cache, uint64_t now_usec)
{
        return json_member_string(cache, "refreshToken") && json_member_string(cache, "clientId") &&
               json_member_string(cache, "clientSecret") &&
               cache_time(cache, "registrationExpiresAt") > now_usec;
}

static int write_all(int fd, const char *text, size_t size_bytes)
{
        while (size_bytes > 0) {
                ssize_t n = write(fd, text, size_bytes);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                size_bytes -= (size_t)n;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* Another reader sees the old file or the new one, and no one else sees either. */
static int cache_write(const char *path, const json_t *cache)
{
        char *text = json_dumps(cache, JSON_INDENT(2));
        _cleanup_(freep) char *temporary = NULL;
        int fd, r;

        if (!text || asprintf(&temporary, "%s.XXXXXX", path) < 0) {
                secret_free(text);
                temporary = NULL;
                return -ENOMEM;
        }
        fd = mkostemp(temporary, O_CLOEXEC); /* made with mode 0600 */
        r = fd < 0 ? -errno : fchmod(fd, 0600) < 0 ? -errno : write_all(fd, text, strlen(text));
        secret_free(text);
        if (fd >= 0 && close(fd) < 0 && r == 0)
                r = -errno;
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0 && fd >= 0)
                (void)unlink(temporary);
        return r;
}

/* ---- which way ---------------------------------------------------------------------------------
 */

int flow_sso_begin(const struct flow_at *at, struct error *err)
{
        const struct chain *c = &at->account->chain;
        struct flow *f = &at->identity->flow;
        char end[CLOCK_TEXT_MAX];
        json_t *cache = NULL;
        uint64_t ends_usec;
        int r = cache_read(at, &cache, err);

        if (r < 0)
                return r;
        ends_usec = cache_time(cache, "expiresAt");
        if (ends_usec <= at->now_usec + renew_before_usec && can_renew(cache, at->now_usec))
                f->step = FLOW_SSO_REFRESH;
        else if (ends_usec > at->now_usec)
                f->step = FLOW_SSO_ROLE;
        else
                r = error_set(err, -EACCES, "the SSO sign-in ended at %s; run '%s'",
                              clock_format_rfc3339(ends_usec, end), c->sso_login);
        secret_json_free(cache);
        return r;
}

/* m is the message but for what all of SSO's have in common. */
static int sso_message(const struct flow_at *at, const struct aws_message *m, const char *service,
                       struct message_request *req, struct error *err)
{
        const char *region = at->account->chain.sso_region;
        struct aws_message whole = *m;
        char host[160];
        int r;

        (void)snprintf(host, sizeof(host), "%s.%s.%s", service, region,
                       partition_of_region(region)->suffix);
        whole.protocol = AWS_REST_JSON;
        whole.host = host;
        whole.now_usec = at->now_usec;
        r = aws_message_write(at->account, &whole, req, err);
        if (r < 0)
                return r;
        req->secret = true;
        return SIGN_IN_REQUEST;
}

/* ---- renewing ----------------------------------------------------------------------------------
 */

static int ask_refresh(const struct flow_at *at, struct message_request *req, struct error *err)
{
        struct aws_message m = { .operation = "CreateToken", .method = "POST", .path = "/token" };
        json_t *cache = NULL, *body;
        int r = cache_read(at, &cache, err);

        if (r < 0)
                return r;
        body = json_pack("{ss ss? ss? ss?}", "grantType", "refresh_token", "clientId",
                         json_member_string(cache, "clientId"), "clientSecret",
                         json_member_string(cache, "clientSecret"), "refreshToken",
                         json_member_string(cache, "refreshToken"));
        secret_json_free(cache);
        if (!body)
                return error_oom(err);
        m.body = body;
        r = sso_message(at, &m, "oidc", req, err);
        secret_json_free(body);
        return r;
}

/* What cannot be written back still serves this time. */
static int keep_token(const struct flow_at *at, const json_t *reply, struct error *err)
{
        const char *access = json_member_string(reply, "accessToken");
        const char *refresh = json_member_string(reply, "refreshToken");
        double seconds = json_number_value(json_object_get(reply, "expiresIn"));
        char end[CLOCK_TEXT_MAX];
        json_t *cache = NULL;
        int r;

        if (!access || access[0] == '\0')
                return error_set(err, -EBADMSG, "the renewed SSO sign-in has no token");
        secret_free(TAKE_PTR(at->identity->flow.sso_token));
        if (!(at->identity->flow.sso_token = strdup(access)))
                return error_oom(err);
        r = cache_read(at, &cache, err);
        if (r < 0)
                return r;
        if (!(seconds >= 0 && seconds < 1e9))
                seconds = 0;
        (void)clock_format_rfc3339(at->now_usec + (uint64_t)seconds * USEC_PER_SEC, end);
        (void)json_set_string(cache, "accessToken", access);
        (void)json_set_string(cache, "expiresAt", end);
        if (refresh)
                (void)json_set_string(cache, "refreshToken", refresh);
        (void)cache_write(at->account->chain.sso_cache, cache);
        secret_json_free(cache);
        return 0;
}

/* The sign-in could not be renewed: it may still be good. */
static int refresh_failed(const struct flow_at *at, const struct reply_meaning *meaning,
                          struct error *err)
{
        bool passes = meaning->kind == REPLY_TRANSIENT || meaning->kind == REPLY_THROTTLED ||
                      meaning->kind == REPLY_BROKEN;
        json_t *cache = NULL;
        uint64_t ends_usec;
        int r = cache_read(at, &cache, err);

        if (r < 0)
                return r;
        ends_usec = cache_time(cache, "expiresAt");
        secret_json_free(cache);
        if (ends_usec > at->now_usec && !at->identity->flow.source_again) {
                at->identity->flow.source_again = true; /* no second round */
                at->identity->flow.step = FLOW_SSO_ROLE;
                return 0;
        }
        if (passes)
                return flow_later(at, SSO_TRIES_MAX, err,
                                  "the SSO sign-in cannot be renewed: %s %s", meaning->code,
                                  meaning->text);
        return error_set(err, -EACCES, "the SSO sign-in has ended and cannot be renewed; run '%s'",
                         at->account->chain.sso_login);
}

static int take_refresh(const struct flow_at *at, const struct message_reply *reply,
                        struct error *err)
{
        struct reply_meaning meaning;
        int r;

        aws_interpret_for(at->account, at->identity, AWS_REST_JSON, "CreateToken", reply, &meaning);
        if (meaning.kind != REPLY_OK)
                return refresh_failed(at, &meaning, err);
        r = keep_token(at, meaning.body, err);
        secret_json_free(meaning.body);
        at->identity->flow.tries = 0;
        at->identity->flow.source_again = true;
        at->identity->flow.step = FLOW_SSO_ROLE;
        return r;
}

const struct flow_ops flow_sso_refresh = { .name = "SSO renewal",
                                           .ask = ask_refresh,
                                           .take = take_refresh };

/* ---- the role's credentials --------------------------------------------------------------------
 */

static int ask_sso_role(const struct flow_at *at, struct message_request *req, struct error *err)
{
        struct flow *f = &at->identity->flow;
        const struct chain *c = &at->account->chain;
        struct aws_message m = { .operation = "GetRoleCredentials",
                                 .path = "/federation/credentials" };
        json_t *cache = NULL, *headers, *query;
        int r = f->sso_token ? 0 : cache_read(at, &cache, err);

        if (r < 0)
                return r;
        headers = json_pack("{ss}", "x-amz-sso_bearer_token",
                            f->sso_token ? f->sso_token : json_member_string(cache, "accessToken"));
        query = json_pack("{ss ss}", "account_id", c->sso_account, "role_name", c->sso_role);
        m.headers = headers;
        m.query = query;
        r = headers && query ? sso_message(at, &m, "portal.sso", req, err) : error_oom(err);
        json_decref(query);
        secret_json_free(headers);
        secret_json_free(cache);
        return r;
}

static int sso_refused(const struct flow_at *at, const struct message_reply *reply,
                       const struct reply_meaning *meaning, struct error *err)
{
        const struct chain *c = &at->account->chain;
        struct flow *f = &at->identity->flow;
        json_t *cache = NULL;
        bool renew;

        if (reply->transport != TRANSPORT_OK || meaning->kind == REPLY_TRANSIENT ||
            meaning->kind == REPLY_THROTTLED || meaning->kind == REPLY_BROKEN)
                return flow_later(at, SSO_TRIES_MAX, err, "SSO: %s: %s", meaning->code,
                                  meaning->text);
        if (reply->status != 401)
                return error_set(err, -EACCES, "role %s in account %s by SSO: %s: %s", c->sso_role,
                                 c->sso_account, meaning->code, meaning->text);
        renew = !f->source_again && cache_read(at, &cache, NULL) == 0 &&
                can_renew(cache, at->now_usec);
        secret_json_free(cache);
        f->source_again = true;
        if (!renew)
                return error_set(err, -EACCES, "the SSO sign-in is not accepted any more; run '%s'",
                                 c->sso_login);
        f->step = FLOW_SSO_REFRESH;
        return 0;
}

static int take_sso_role(const struct flow_at *at, const struct message_reply *reply,
                         struct error *err)
{
        static const struct aws_credentials_form form = {
                .access_key = "accessKeyId",
                .secret_key = "secretAccessKey",
                .token = "sessionToken",
                .expires = "expiration",
                .temporary = true,
        };
        struct aws_credentials c = { 0 };
        struct reply_meaning meaning;
        int r;

        aws_interpret_for(at->account, at->identity, AWS_REST_JSON, "GetRoleCredentials", reply,
                          &meaning);
        if (meaning.kind != REPLY_OK)
                return sso_refused(at, reply, &meaning, err);
        r = aws_credentials_read(&c, json_object_get(meaning.body, "roleCredentials"), &form, err);
        secret_json_free(meaning.body);
        if (r == 0 && !(c.account_id = strdup(at->account->chain.sso_account)))
                r = error_oom(err);
        if (r == 0)
                r = flow_have_take(at, reply, &c, err);
        aws_credentials_done(&c);
        at->identity->flow.source_again = false; /* that was for this exchange */
        at->identity->flow.step = FLOW_ROLE;
        return r;
}

const struct flow_ops flow_sso_role = { .name = "SSO role",
                                        .ask = ask_sso_role,
                                        .take = take_sso_role };
