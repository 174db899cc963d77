#include "providers/oauth.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

/* RFC 6749 4.2.2 leaves it to the server; every vendor here gives an hour at least. */
static const uint64_t default_life_usec = USEC_PER_HOUR;

/* ---- asking --------------------------------------------------------------------------------- */

static size_t form_bytes(const struct oauth_pair *pairs, size_t n_pairs)
{
        size_t bytes = 0;

        for (size_t i = 0; i < n_pairs; i++)
                if (pairs[i].value)
                        bytes += 3 * (strlen(pairs[i].name) + strlen(pairs[i].value)) + 2;
        return bytes;
}

static void write_form(struct buffer *b, const struct oauth_pair *pairs, size_t n_pairs)
{
        for (size_t i = 0; i < n_pairs; i++) {
                if (!pairs[i].value)
                        continue;
                if (b->size_bytes > 0)
                        buffer_add(b, "&");
                url_encode(b, pairs[i].name);
                buffer_add(b, "=");
                url_encode(b, pairs[i].value);
        }
}

int oauth_request(struct message_request *req, const char *url, const struct oauth_pair *pairs,
                  size_t n_pairs, struct error *err)
{
        struct buffer b = BUFFER_INIT(MESSAGE_REQUEST_BYTES_MAX);
        int r;

        /* large enough from the start: growing would leave a part of the secret behind */
        b.allocated_bytes = form_bytes(pairs, n_pairs) + 1;
        b.data = calloc(1, b.allocated_bytes);
        if (!b.data)
                return error_oom(err);
        write_form(&b, pairs, n_pairs);
        r = buffer_error(&b);
        if (r == 0) {
                message_request_init(req, "POST");
                message_request_url_take(req, strdup(url));
                message_request_header(req, "Content-Type", "application/x-www-form-urlencoded");
                message_request_header(req, "Accept", "application/json");
                message_request_body(req, b.data, b.size_bytes);
                req->secret = true;
                r = message_request_error(req, err);
        }
        explicit_bzero(b.data, b.size_bytes);
        buffer_done(&b);
        return r < 0 ? error_set(err, r, "%s: the token request cannot be written", url) : 0;
}

/* ---- being answered ------------------------------------------------------------------------- */

void oauth_token_done(struct oauth_token *t)
{
        secret_free(t->access_token);
        secret_free(t->refresh_token);
        *t = (struct oauth_token){ 0 };
}

/* A count of seconds, as number or text; 0 when it is neither. */
static uint64_t seconds(const json_t *object, const char *key)
{
        const json_t *value = json_object_get(object, key);
        uint64_t n = 0;

        if (json_is_integer(value) && json_integer_value(value) > 0)
                n = (uint64_t)json_integer_value(value);
        else if (json_is_real(value) && json_real_value(value) > 0 && json_real_value(value) < 1e12)
                n = (uint64_t)json_real_value(value);
        else if (json_is_string(value))
                (void)number_parse_u64(json_string_value(value), &n);
        return n < UINT64_MAX / USEC_PER_SEC / 2 ? n : 0;
}

static uint64_t token_end(const json_t *object, uint64_t now_usec)
{
        uint64_t in = seconds(object, "expires_in"), on = seconds(object, "expires_on");
        uint64_t end = in > 0 ? now_usec + in * USEC_PER_SEC : 0;

        if (on > 0 && (end == 0 || on * USEC_PER_SEC < end))
                end = on * USEC_PER_SEC;
        return end ? end : now_usec + default_life_usec;
}

/* A token stands in a header: no character that could end one. */
static bool is_token(const char *text)
{
        if (!text || text[0] == '\0')
                return false;
        for (const char *p = text; *p != '\0'; p++)
                if (*p <= ' ' || *p > '~')
                        return false;
        return true;
}

static bool copy_text(char **to, const char *from)
{
        return !from || (*to = strdup(from));
}

int oauth_token_read(struct oauth_token *ret, const struct message_reply *reply, uint64_t now_usec,
                     struct error *err)
{
        _cleanup_(secret_json_freep) json_t *body = NULL;
        struct oauth_token t = { 0 };
        const char *type;

        if (json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, NULL) < 0)
                return error_set(err, -EBADMSG,
                                 "the token endpoint answered something that is no "
                                 "JSON");
        type = json_member_string(body, "token_type");
        if (!is_token(json_member_string(body, "access_token")))
                return error_set(err, -EBADMSG, "the token endpoint's reply has no access_token");
        if (type && strcasecmp(type, "Bearer") != 0)
                return error_set(err, -EBADMSG,
                                 "the token endpoint gave a token of type '%.32s', "
                                 "not a bearer token",
                                 type);
        t.expires_usec = token_end(body, now_usec);
        if (!copy_text(&t.access_token, json_member_string(body, "access_token")) ||
            !copy_text(&t.refresh_token, json_member_string(body, "refresh_token"))) {
                oauth_token_done(&t);
                return error_oom(err);
        }
        oauth_token_done(ret);
        *ret = t;
        return 0;
}

static void take_line(char *to, size_t size, const char *from)
{
        if (from)
                (void)snprintf(to, size, "%.*s", (int)strcspn(from, "\r\n"), from);
}

bool oauth_error_read(struct oauth_error *ret, const struct message_reply *reply)
{
        _cleanup_(secret_json_freep) json_t *body = NULL;
        const char *subtype;
        json_t *code;
        size_t i;

        *ret = (struct oauth_error){ 0 };
        if (json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, NULL) < 0 ||
            !json_member_string(body, "error"))
                return false;
        subtype = json_member_string(body, "error_subtype");
        take_line(ret->error, sizeof(ret->error), json_member_string(body, "error"));
        take_line(ret->subtype, sizeof(ret->subtype),
                  subtype ? subtype : json_member_string(body, "suberror"));
        take_line(ret->description, sizeof(ret->description),
                  json_member_string(body, "error_description"));
        json_array_foreach(json_object_get(body, "error_codes"), i, code)
        {
                if (ret->n_codes < OAUTH_CODES_MAX && json_is_integer(code))
                        ret->codes[ret->n_codes++] = (uint64_t)json_integer_value(code);
        }
        return true;
}
