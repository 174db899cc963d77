/* Credentials that the machine itself hands out: the container endpoint, and instance metadata
 * (version 2 only: version 1 gives credentials to whoever can make a server fetch a URL). */
#include "providers/aws/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { CONTAINER_TRIES_MAX = 3, IMDS_TRIES_MAX = 3, IMDS_LAST_RESORT_TRIES_MAX = 2 };

static const uint64_t container_timeout_usec = 2 * USEC_PER_SEC;
static const uint64_t imds_timeout_usec = USEC_PER_SEC;

static int local_request(struct message_request *req, const char *method, char *url_take,
                         uint64_t timeout_usec)
{
        message_request_init(req, method);
        message_request_url_take(req, url_take);
        req->no_proxy = true;
        req->secret = true;
        req->timeout_usec = timeout_usec;
        return SIGN_IN_REQUEST;
}

static bool passes(const struct message_reply *reply)
{
        return reply->transport != TRANSPORT_OK || reply->status >= 500 || reply->status == 429;
}

/* "HTTP status 404", or why nothing came. */
static const char *outcome(const struct message_reply *reply, char text[static 300])
{
        if (reply->transport == TRANSPORT_OK)
                (void)snprintf(text, 300, "HTTP status %d", reply->status);
        else
                (void)snprintf(text, 300, "%s",
                               reply->transport_text[0] ? reply->transport_text : "no reply");
        return text;
}

static int credentials_read(const struct flow_at *at, const struct message_reply *reply,
                            struct error *err)
{
        static const struct aws_credentials_form form = {
                .access_key = "AccessKeyId",
                .secret_key = "SecretAccessKey",
                .token = "Token",
                .expires = "Expiration",
                .account_id = "AccountId",
                .temporary = true,
        };
        struct aws_credentials c = { 0 };
        const char *code;
        json_t *json = NULL;
        int r = json_parse(buffer_text(&reply->body), reply->body.size_bytes, &json, err);

        if (r < 0)
                return error_wrap(err, r, "its answer");
        code = json_member_string(json, "Code");
        if (code && strcmp(code, "Success") != 0)
                r = error_set(err, -EACCES, "it answers %.60s instead of credentials", code);
        else
                r = aws_credentials_read(&c, json, &form, err);
        secret_json_free(json);
        if (r == 0)
                r = flow_have_take(at, reply, &c, err);
        aws_credentials_done(&c);
        return r;
}

/* ---- containers --------------------------------------------------------------------------------
 */

static int ask_container(const struct flow_at *at, struct message_request *req, struct error *err)
{
        const struct chain *c = &at->account->chain;
        char *token = NULL;
        int r;

        if (c->authorization_file) { /* it is renewed there while we run */
                r = secret_file_read(c->authorization_file, &token, err);
                if (r < 0)
                        return r;
        }
        (void)local_request(req, "GET", strdup(c->url), container_timeout_usec);
        message_request_header(req, "accept", "application/json");
        if (token || c->authorization)
                message_request_header(req, "authorization", "%s",
                                       token ? token : c->authorization);
        secret_free(token);
        return SIGN_IN_REQUEST;
}

static int take_container(const struct flow_at *at, const struct message_reply *reply,
                          struct error *err)
{
        char text[300];

        if (passes(reply))
                return flow_later(at, CONTAINER_TRIES_MAX, err, "%s", outcome(reply, text));
        if (reply->status != 200)
                return error_set(err, -EACCES,
                                 "%s (is the authorization token of the container right?)",
                                 outcome(reply, text));
        at->identity->flow.step = FLOW_ROLE;
        return credentials_read(at, reply, err);
}

const struct flow_ops flow_container = { .name = "container",
                                         .ask = ask_container,
                                         .take = take_container };

/* ---- instance metadata -------------------------------------------------------------------------
 */

static int imds_request(const struct flow_at *at, const char *method, const char *path,
                        struct message_request *req)
{
        char *url = NULL;

        if (asprintf(&url, "%s%s", at->account->chain.url, path) < 0)
                url = NULL;
        (void)local_request(req, method, url, imds_timeout_usec);
        if (at->identity->flow.imds_token)
                message_request_header(req, "x-aws-ec2-metadata-token", "%s",
                                       at->identity->flow.imds_token);
        return SIGN_IN_REQUEST;
}

static int imds_failed(const struct flow_at *at, const struct message_reply *reply,
                       struct error *err)
{
        const struct account *a = at->account;
        unsigned tries_max = a->chain.last_resort ? IMDS_LAST_RESORT_TRIES_MAX : IMDS_TRIES_MAX;
        char text[300], said[400];

        (void)snprintf(said, sizeof(said), "%s", outcome(reply, text));
        if (a->chain.last_resort)
                (void)snprintf(said, sizeof(said),
                               "%.120s; nothing else is configured: no credentials in the "
                               "environment, none in profile %.60s. Run 'aws configure', or set "
                               "profile: for this account",
                               text, chain_profile(a->options));
        return flow_later(at, passes(reply) ? tries_max : 1, err, "%s", said);
}

/* The token ended: another one, once. */
static bool token_again(const struct flow_at *at, const struct message_reply *reply)
{
        struct flow *f = &at->identity->flow;

        if (reply->transport != TRANSPORT_OK || reply->status != 401 || f->token_again)
                return false;
        f->token_again = true;
        f->step = FLOW_IMDS_TOKEN;
        return true;
}

static int ask_imds_token(const struct flow_at *at, struct message_request *req, struct error *err)
{
        secret_free(TAKE_PTR(at->identity->flow.imds_token));
        (void)imds_request(at, "PUT", "/latest/api/token", req);
        message_request_header(req, "x-aws-ec2-metadata-token-ttl-seconds", "21600");
        return SIGN_IN_REQUEST;
}

/* One line of visible characters. */
static char *first_line(const struct message_reply *reply)
{
        const char *text = buffer_text(&reply->body);
        size_t n = strcspn(text, "\r\n");

        for (size_t i = 0; i < n; i++)
                if (!isgraph((unsigned char)text[i]))
                        return NULL;
        return n > 0 && n < 1024 ? strndup(text, n) : NULL;
}

static int take_imds_token(const struct flow_at *at, const struct message_reply *reply,
                           struct error *err)
{
        struct flow *f = &at->identity->flow;

        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return imds_failed(at, reply, err);
        f->imds_token = first_line(reply);
        if (!f->imds_token)
                return error_set(err, -EBADMSG, "its token is not readable");
        f->tries = 0;
        f->step = at->account->region_known ? FLOW_IMDS_ROLE : FLOW_IMDS_DOCUMENT;
        return 0;
}

const struct flow_ops flow_imds_token = { .name = "metadata token",
                                          .ask = ask_imds_token,
                                          .take = take_imds_token };

static int ask_imds_document(const struct flow_at *at, struct message_request *req,
                             struct error *err)
{
        return imds_request(at, "GET", "/latest/dynamic/instance-identity/document", req);
}

/* The region is good to have; without it the default serves. */
static int take_imds_document(const struct flow_at *at, const struct message_reply *reply,
                              struct error *err)
{
        json_auto_t *json = NULL;
        const char *region;

        at->identity->flow.step = FLOW_IMDS_ROLE;
        if (reply->transport != TRANSPORT_OK || reply->status != 200 ||
            json_parse(buffer_text(&reply->body), reply->body.size_bytes, &json, NULL) < 0)
                return 0;
        region = json_member_string(json, "region");
        if (region && aws_account_region_valid(region))
                aws_account_set_region(at->account, region);
        return 0;
}

const struct flow_ops flow_imds_document = { .name = "metadata document",
                                             .ask = ask_imds_document,
                                             .take = take_imds_document };

#define IMDS_ROLES "/latest/meta-data/iam/security-credentials/"

static int ask_imds_role(const struct flow_at *at, struct message_request *req, struct error *err)
{
        return imds_request(at, "GET", IMDS_ROLES, req);
}

static int take_imds_role(const struct flow_at *at, const struct message_reply *reply,
                          struct error *err)
{
        struct flow *f = &at->identity->flow;

        if (token_again(at, reply))
                return 0;
        if (reply->transport == TRANSPORT_OK && reply->status == 404)
                return error_set(err, -EACCES,
                                 "this instance has no role; give it an instance profile");
        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return imds_failed(at, reply, err);
        free(f->imds_role);
        f->imds_role = first_line(reply);
        if (!f->imds_role)
                return error_set(err, -EBADMSG, "the name of the instance's role is not readable");
        f->tries = 0;
        f->step = FLOW_IMDS_CREDENTIALS;
        return 0;
}

const struct flow_ops flow_imds_role = { .name = "metadata role",
                                         .ask = ask_imds_role,
                                         .take = take_imds_role };

static int ask_imds_credentials(const struct flow_at *at, struct message_request *req,
                                struct error *err)
{
        struct buffer path = BUFFER_INIT(8192);
        int r;

        buffer_add(&path, IMDS_ROLES);
        url_encode(&path, at->identity->flow.imds_role);
        r = buffer_error(&path);
        if (r == 0)
                r = imds_request(at, "GET", buffer_text(&path), req);
        buffer_done(&path);
        return r < 0 ? error_oom(err) : r;
}

static int take_imds_credentials(const struct flow_at *at, const struct message_reply *reply,
                                 struct error *err)
{
        if (token_again(at, reply))
                return 0;
        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return imds_failed(at, reply, err);
        at->identity->flow.step = FLOW_ROLE;
        return credentials_read(at, reply, err);
}

const struct flow_ops flow_imds_credentials = { .name = "metadata credentials",
                                                .ask = ask_imds_credentials,
                                                .take = take_imds_credentials };
