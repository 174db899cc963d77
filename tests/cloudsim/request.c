#include "tests/cloudsim/request.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/base/number.h"

int request_new(struct request **ret, struct sim *sim, struct MHD_Connection *connection,
                const char *uri)
{
        struct request *q = calloc(1, sizeof(*q));
        char *mark;

        if (!q)
                return -ENOMEM;
        q->sim = sim;
        q->connection = connection;
        q->body = BUFFER_INIT(SIM_BODY_MAX_BYTES);
        q->reply.body = BUFFER_INIT(SIM_REPLY_MAX_BYTES);
        q->page = 1;
        q->params = json_object();
        q->uri = strdup(uri);
        if (!q->uri || !q->params) {
                request_free(q);
                return -ENOMEM;
        }
        mark = strchr(q->uri, '?');
        if (mark)
                *mark++ = '\0';
        q->path = q->uri;
        q->query = mark ? mark : "";
        *ret = q;
        return 0;
}

struct request *request_free(struct request *q)
{
        if (!q)
                return NULL;
        json_decref(q->params);
        buffer_done(&q->body);
        buffer_done(&q->reply.body);
        free(q->uri);
        free(q);
        return NULL;
}

const char *request_header(const struct request *q, const char *name)
{
        return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
}

void request_begin(struct request *q, const char *method)
{
        const char *host = request_header(q, "Host");
        size_t n = host ? strcspn(host, ":") : 0;

        (void)snprintf(q->method, sizeof(q->method), "%s", method);
        if (n >= sizeof(q->host))
                n = 0;
        for (size_t i = 0; i < n; i++)
                q->host[i] = (char)tolower((unsigned char)host[i]);
        q->host[n] = '\0';
}

const char *request_param(const struct request *q, const char *name, char text[static 64])
{
        const json_t *value = json_object_get(q->params, name);

        if (json_is_array(value))
                value = json_array_get(value, 0);
        if (json_is_string(value))
                return json_string_value(value);
        if (json_is_integer(value))
                (void)snprintf(text, 64, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
                (void)snprintf(text, 64, "%.17g", json_real_value(value));
        else if (json_is_boolean(value))
                (void)snprintf(text, 64, "%s", json_is_true(value) ? "true" : "false");
        else
                return NULL;
        return text;
}

void request_set_param(struct request *q, const char *name, const char *value)
{
        (void)json_object_set_new(q->params, name, json_string(value));
}

uint64_t request_param_u64(const struct request *q, const char *name, uint64_t otherwise)
{
        char text[64];
        const char *value = request_param(q, name, text);
        uint64_t n;

        return value && number_parse_u64(value, &n) == 0 ? n : otherwise;
}

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char)tolower((unsigned char)c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *request_decode(const char *text, size_t n)
{
        char *out = malloc(n + 1);
        size_t size = 0;

        if (!out)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                int high = text[i] == '%' && i + 2 < n ? hex_value(text[i + 1]) : -1;
                int low = high >= 0 ? hex_value(text[i + 2]) : -1;

                if (low >= 0) {
                        out[size++] = (char)(high * 16 + low);
                        i += 2;
                } else {
                        out[size++] = text[i];
                }
        }
        out[size] = '\0';
        return out;
}

static void add_pair(struct request *q, const char *name, const char *value)
{
        json_t *old = json_object_get(q->params, name);

        if (json_is_array(old)) {
                (void)json_array_append_new(old, json_string(value));
        } else if (old) {
                (void)json_object_set_new(q->params, name, json_pack("[O, s]", old, value));
        } else {
                request_set_param(q, name, value);
        }
}

void request_parse_pairs(struct request *q, const char *text)
{
        while (*text) {
                const char *end = text + strcspn(text, "&");
                const char *equal = memchr(text, '=', (size_t)(end - text));
                const char *name_end = equal ? equal : end;
                const char *from = equal ? equal + 1 : end;
                _cleanup_(freep) char *name = request_decode(text, (size_t)(name_end - text));
                _cleanup_(freep) char *value = request_decode(from, (size_t)(end - from));

                if (name && value && *name)
                        add_pair(q, name, value);
                text = *end ? end + 1 : end;
        }
}

int request_parse_json(struct request *q)
{
        json_auto_t *value = NULL;

        if (q->body.size_bytes == 0)
                return 0;
        if (json_parse(q->body.data, q->body.size_bytes, &value, NULL) < 0 ||
            !json_is_object(value))
                return -EBADMSG;
        return json_object_update(q->params, value) < 0 ? -ENOMEM : 0;
}

static void set_label(struct request *q, const char *name, size_t name_bytes, const char *from,
                      size_t n)
{
        char *value = request_decode(from, n);
        char key[64];

        (void)snprintf(key, sizeof(key), "%.*s", (int)name_bytes, name);
        if (value)
                request_set_param(q, key, value);
        free(value);
}

bool request_match_path(struct request *q, const char *pattern, bool set)
{
        const char *p = q->path;

        while (*pattern) {
                size_t name, n;
                bool rest;

                if (*pattern != '{') {
                        if (*pattern++ != *p++)
                                return false;
                        continue;
                }
                name = strcspn(++pattern, "+}");
                rest = pattern[name] == '+';
                n = rest ? strlen(p) : strcspn(p, "/");
                if (n == 0)
                        return false;
                if (set)
                        set_label(q, pattern, name, p, n);
                p += n;
                pattern += name + 1 + rest;
        }
        return *p == '\0';
}

void reply_header(struct reply *r, const char *name, const char *fmt, ...)
{
        va_list ap;

        if (r->n_headers == REPLY_HEADERS_MAX)
                return;
        r->headers[r->n_headers].name = name;
        va_start(ap, fmt);
        (void)vsnprintf(r->headers[r->n_headers].value, sizeof(r->headers[0].value), fmt, ap);
        va_end(ap);
        r->n_headers++;
}

void reply_text(struct request *q, unsigned status, const char *content_type, const char *text)
{
        q->reply.status = status;
        q->reply.content_type = content_type;
        buffer_reset(&q->reply.body);
        buffer_add(&q->reply.body, text);
}

static int add_json(const char *data, size_t n, void *userdata)
{
        buffer_append(userdata, data, n);
        return 0;
}

void reply_json(struct request *q, unsigned status, const json_t *value)
{
        reply_text(q, status, "application/json", "");
        (void)json_dump_callback(value, add_json, &q->reply.body, JSON_COMPACT | JSON_ENCODE_ANY);
}
