/* How a call is written and what its reply means, for all that take a bearer key. */
#include "providers/bearer.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/reply.h"
#include "providers/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { URL_BYTES_MAX = 16 * 1024, WINDOW_MAX_S = 24 * 3600 };

/* ---- writing -----------------------------------------------------------------------------------
 */

static bool host_is_known(const struct bearer *b, const char *host)
{
        for (size_t i = 0; i < BEARER_HOSTS_MAX && b->profile->hosts[i]; i++)
                if (strcmp(b->profile->hosts[i], host) == 0)
                        return true;
        return false;
}

static bool base_applies(const struct bearer *b, const char *host)
{
        return b->has_base && (b->base_of_all || strcmp(host, b->profile->hosts[0]) == 0);
}

/* "https://api.replicate.com", or the address that stands for it. */
static void add_origin(const struct bearer *b, const char *host, struct buffer *url)
{
        if (base_applies(b, host))
                buffer_printf(url, "%s://%s", b->base.tls ? "https" : "http", b->base.authority);
        else
                buffer_printf(url, "https://%s", host);
}

static int take_url(struct buffer *url, struct message_request *req, struct error *err)
{
        int r = buffer_error(url);

        if (r < 0) {
                buffer_done(url);
                return r == -ENOMEM ? error_oom(err)
                                    : error_set(err, r, "the request's address is too long");
        }
        message_request_url_take(req, buffer_take(url));
        return 0;
}

/* The next page as the API named it: only where the list itself is. */
static int write_link(const struct bearer *b, const struct call_instance *call,
                      struct message_request *req, struct error *err)
{
        struct buffer url = BUFFER_INIT(URL_BYTES_MAX);
        size_t length;
        bool here;

        add_origin(b, call->host, &url);
        length = url.size_bytes;
        here = strncmp(call->url, buffer_text(&url), length) == 0 && call->url[length] == '/';
        buffer_reset(&url);
        buffer_add(&url, call->url);
        if (here)
                return take_url(&url, req, err);
        buffer_done(&url);
        return error_set(err, -EINVAL,
                         "the next page is said to be on another host than %s: the "
                         "key stays here",
                         call->host);
}

static int write_url(const struct bearer *b, const struct call_instance *call,
                     struct message_request *req, struct error *err)
{
        struct buffer url = BUFFER_INIT(URL_BYTES_MAX);
        _cleanup_(freep) char *query = NULL;
        int r;

        if (!host_is_known(b, call->host))
                return error_set(err, -EINVAL, "'%s' is no host of %s: the key stays here",
                                 call->host, b->profile->title);
        if (call->url)
                return write_link(b, call, req, err);
        if (call->path[0] != '/')
                return error_set(err, -EINVAL, "the path '%s' does not begin with '/'", call->path);
        r = url_query(call->query, &query, err);
        if (r < 0)
                return r;
        add_origin(b, call->host, &url);
        buffer_add(&url, base_applies(b, call->host) ? b->base.path : "");
        buffer_add(&url, call->path);
        if (query[0] != '\0')
                buffer_printf(&url, "?%s", query);
        return take_url(&url, req, err);
}

int bearer_write(const struct bearer *b, const struct call_instance *call,
                 struct message_request *req, struct error *err)
{
        const char *method = call->call ? call->call->method : NULL, *name;
        json_t *value;
        int r;

        message_request_init(req, method ? method : "GET");
        r = write_url(b, call, req, err);
        if (r < 0)
                return r;
        if (!json_object_get(call->headers, "Accept"))
                message_request_header(req, "Accept", "application/json");
        json_object_foreach((json_t *)call->headers, name, value)
        {
                _cleanup_(freep) char *text = json_scalar_text(value);

                if (text)
                        message_request_header(req, name, "%s", text);
        }
        return message_request_error(req, err);
}

int bearer_request(const struct bearer *b, const struct call_instance *call,
                   struct message_request *req, struct error *err)
{
        int r = bearer_write(b, call, req, err);

        if (r < 0)
                return r;
        message_request_header(req, "Authorization", "Bearer %s", b->secret);
        return message_request_error(req, err);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static const char *text_or(const char *text, const char *otherwise)
{
        return text && text[0] != '\0' ? text : otherwise;
}

/* {"error": …}, {"message": …}, {"detail": …}: with a text, or an object that has one. */
static const char *body_message(const json_t *body)
{
        static const char *const paths[] = { "message", "error.message", "error", "detail",
                                             "title" };
        const json_t *first = json_array_get(json_object_get(body, "detail"), 0);

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                const char *text = json_path_string(body, paths[i]);

                if (text && text[0] != '\0')
                        return text;
        }
        return json_member_string(first, "msg"); /* an argument that was refused */
}

/* RateLimit: "api";r=0;t=55, the seconds until the window ends. */
static bool window_seconds(const struct message_reply *reply, uint64_t *ret)
{
        char value[128], digits[24], *t;

        if (!message_reply_header(reply, "ratelimit", value, sizeof(value)) ||
            !(t = strstr(value, ";t=")))
                return false;
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)strspn(t + 3, "0123456789"), t + 3);
        return number_parse_u64(digits, ret) == 0;
}

static uint64_t retry_after(const struct message_reply *reply)
{
        uint64_t usec = reply_retry_after(reply), seconds;

        if (usec > 0 || !window_seconds(reply, &seconds))
                return usec;
        return (seconds < WINDOW_MAX_S ? seconds : WINDOW_MAX_S) * USEC_PER_SEC;
}

bool bearer_is_list(const struct call_instance *call)
{
        const struct collector *c = call && call->call ? call->call->collector : NULL;

        return c && call->call == &c->list;
}

void bearer_deny(struct reply_meaning *ret, const char *fmt, ...)
{
        va_list ap;

        ret->kind = REPLY_DENIED;
        va_start(ap, fmt);
        (void)vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
        va_end(ap);
}

/* A key that is refused does not become good by asking again, but the one in its place may be. */
static bool found_another(struct bearer *b)
{
        struct bearer again = { 0 };
        bool other;

        if (bearer_open(&again, b->profile, b->config, b->credentials_dir, NULL) < 0)
                return false;
        other = strcmp(again.secret, b->secret) != 0;
        if (other) {
                struct bearer before = *b;

                *b = again;
                again = before;
        }
        bearer_done(&again);
        return other;
}

/* Was the call written with a key that another has replaced since? */
static bool is_of_the_key_before(const struct bearer *b, const struct message_reply *reply)
{
        return b->changed_usec > 0 && reply->received_usec - reply->elapsed_usec <= b->changed_usec;
}

static void on_unauthorized(struct bearer *b, const struct message_reply *reply, const json_t *body,
                            struct reply_meaning *ret)
{
        ret->kind = REPLY_UNAUTHENTICATED;
        (void)snprintf(
                ret->text, sizeof(ret->text),
                "%s refuses the %s (%s): %.120s. Revoked, expired, or a typing error: make a "
                "new one at %s and put it there",
                b->profile->title, b->profile->key, b->source,
                text_or(body_message(body), "HTTP 401"), b->profile->renewal);
        bearer_redact(b->secret, ret->text);
        if (is_of_the_key_before(b, reply)) {
                ret->kind = REPLY_EXPIRED;
        } else if (found_another(b)) {
                b->changed_usec = reply->received_usec;
                ret->kind = REPLY_EXPIRED;
        }
}

static enum reply_kind kind_of(const struct call_instance *call, int status)
{
        if (status == 403)
                return REPLY_DENIED;
        if (status == 429)
                return REPLY_THROTTLED;
        if ((status == 404 || status == 410) && call && !bearer_is_list(call))
                return REPLY_GONE;
        if (status == 408 || (status >= 500 && status != 501))
                return REPLY_TRANSIENT;
        return status >= 400 ? REPLY_REFUSED : REPLY_BROKEN; /* redirects are not followed */
}

static void on_refusal(struct bearer *b, const struct call_instance *call,
                       const struct message_reply *reply, const json_t *body,
                       struct reply_meaning *ret)
{
        (void)snprintf(ret->code, sizeof(ret->code), "http_%d", reply->status);
        if (reply->status == 401) {
                on_unauthorized(b, reply, body, ret);
                return;
        }
        ret->kind = kind_of(call, reply->status);
        if (!body && reply_is_web_page(reply) && reply->status < 500 && reply->status != 429) {
                ret->kind = REPLY_BROKEN;
                (void)snprintf(ret->text, sizeof(ret->text),
                               "HTTP %d with a web page instead of JSON: a proxy or portal "
                               "answered, not the API",
                               reply->status);
                return;
        }
        (void)snprintf(ret->text, sizeof(ret->text), "%s",
                       text_or(body_message(body), "no explanation"));
        if (ret->kind == REPLY_THROTTLED || ret->kind == REPLY_TRANSIENT)
                ret->retry_after_usec = retry_after(reply);
}

static bool is_content(const struct bearer *b, const char *name)
{
        for (size_t i = 0; i < BEARER_CONTENTS_MAX && b->profile->contents[i]; i++)
                if (strcmp(b->profile->contents[i], name) == 0)
                        return true;
        return false;
}

/* Of a content, what is none: texts alone; NULL when there is nothing of it. */
static json_t *what_is_kept(const struct bearer *b, const struct call_instance *call,
                            const char *content, const json_t *value)
{
        json_t *kept = NULL, *member;
        const char *name;

        json_object_foreach(b->profile->keeps ? (json_t *)value : NULL, name, member)
        {
                if (!json_is_string(member) || !b->profile->keeps(call, content, name))
                        continue;
                kept = kept ? kept : json_object();
                (void)json_object_set_new(kept, name, json_string(json_string_value(member)));
        }
        return kept;
}

/* What the API gives beside what is asked for, and nobody here may see: overwritten, and gone
 * before anything is read. */
static void drop_contents(const struct bearer *b, const struct call_instance *call, json_t *value)
{
        const char *name;
        json_t *member, *kept;
        void *next;
        size_t i;

        json_array_foreach(value, i, member)
        {
                drop_contents(b, call, member);
        }
        json_object_foreach_safe(value, next, name, member)
        {
                if (!is_content(b, name)) {
                        drop_contents(b, call, member);
                        continue;
                }
                kept = what_is_kept(b, call, name, member);
                secret_json_free(json_incref(member));
                if (kept)
                        (void)json_object_set_new(value, name, kept);
                else
                        (void)json_object_del(value, name);
        }
}

static void on_success(const struct bearer *b, const struct call_instance *call,
                       const struct message_reply *reply, json_t *body, const struct error *why,
                       struct reply_meaning *ret)
{
        if (body && (json_is_object(body) || json_is_array(body))) {
                drop_contents(b, call, body);
                ret->kind = REPLY_OK;
                ret->body = json_incref(body);
                return;
        }
        reply_unreadable(reply, why, ret);
}

static void read_request_id(const struct message_reply *reply, struct reply_meaning *ret)
{
        static const char *const headers[] = { "x-request-id", "x-amzn-trace-id", "x-amz-cf-id" };

        for (size_t i = 0; i < ELEMENTSOF(headers); i++)
                if (message_reply_header(reply, headers[i], ret->request_id,
                                         sizeof(ret->request_id)))
                        return;
}

void bearer_interpret(struct bearer *b, const struct call_instance *call,
                      const struct message_reply *reply, struct reply_meaning *ret)
{
        struct error why = { 0 };
        json_auto_t *body = NULL;

        *ret = (struct reply_meaning){ .kind = REPLY_BROKEN };
        if (reply->transport != TRANSPORT_OK) {
                reply_lost(reply, ret);
                return;
        }
        read_request_id(reply, ret);
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, &why);
        if (reply->status == 200)
                on_success(b, call, reply, body, &why, ret);
        else
                on_refusal(b, call, reply, body, ret);
        bearer_redact(b->secret, ret->text);
}
