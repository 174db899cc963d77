#include "tests/cloudsim/sigv4.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/base/buffer.h"

enum {
        QUERY_PARAMETERS_MAX = 64,
        CANONICAL_MAX_BYTES = 256 * 1024,
};

static int copy_part(const char *from, const char *to, char *out, size_t max)
{
        size_t n = (size_t)(to - from);

        if (n == 0 || n >= max)
                return -EINVAL;
        memcpy(out, from, n);
        out[n] = '\0';
        return 0;
}

/* The value of "Name=" up to the next comma or the end. */
static int parameter(const char *text, const char *name, char *out, size_t max)
{
        const char *p = strstr(text, name);

        if (!p)
                return -EINVAL;
        p += strlen(name);
        return copy_part(p, p + strcspn(p, ", "), out, max);
}

static int parse_scope(char *scope, struct sigv4_authorization *a)
{
        char *parts[5], *p = scope;

        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                parts[i] = p;
                p = strchr(p, '/');
                if (!p && i + 1 < ELEMENTSOF(parts))
                        return -EINVAL;
                if (p)
                        *p++ = '\0';
        }
        if (p || strcmp(parts[4], "aws4_request") != 0)
                return -EINVAL;
        if (copy_part(parts[0], parts[0] + strlen(parts[0]), a->access_key, sizeof(a->access_key)) <
                    0 ||
            copy_part(parts[1], parts[1] + strlen(parts[1]), a->date, sizeof(a->date)) < 0 ||
            copy_part(parts[2], parts[2] + strlen(parts[2]), a->region, sizeof(a->region)) < 0)
                return -EINVAL;
        return copy_part(parts[3], parts[3] + strlen(parts[3]), a->service, sizeof(a->service));
}

int sigv4_parse(const char *authorization, struct sigv4_authorization *ret)
{
        static const char algorithm[] = "AWS4-HMAC-SHA256 ";
        char scope[512];

        if (strncmp(authorization, algorithm, strlen(algorithm)) != 0)
                return -EINVAL;
        if (parameter(authorization, "Credential=", scope, sizeof(scope)) < 0 ||
            parameter(authorization, "SignedHeaders=", ret->signed_headers,
                      sizeof(ret->signed_headers)) < 0 ||
            parameter(authorization, "Signature=", ret->signature, sizeof(ret->signature)) < 0)
                return -EINVAL;
        return parse_scope(scope, ret);
}

int sigv4_is_signed(const struct sigv4_authorization *a, const char *name)
{
        size_t n = strlen(name);

        for (const char *p = a->signed_headers; p; p = strchr(p, ';')) {
                p += *p == ';';
                if (strncasecmp(p, name, n) == 0 && (p[n] == ';' || p[n] == '\0'))
                        return 1;
        }
        return 0;
}

void sigv4_key(const struct sigv4_authorization *a, const char *secret,
               unsigned char key[static SHA256_BYTES])
{
        struct buffer first = BUFFER_INIT(1024);
        unsigned char step[SHA256_BYTES];

        buffer_add(&first, "AWS4");
        buffer_add(&first, secret);
        digest_hmac_sha256(first.data, first.size_bytes, a->date, strlen(a->date), key);
        digest_hmac_sha256(key, SHA256_BYTES, a->region, strlen(a->region), step);
        digest_hmac_sha256(step, SHA256_BYTES, a->service, strlen(a->service), key);
        digest_hmac_sha256(key, SHA256_BYTES, "aws4_request", strlen("aws4_request"), step);
        memcpy(key, step, SHA256_BYTES);
        buffer_done(&first);
}

static bool unreserved(unsigned char c)
{
        return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void add_encoded(struct buffer *b, unsigned char c)
{
        if (unreserved(c))
                buffer_append(b, &c, 1);
        else
                buffer_printf(b, "%%%02X", c);
}

/* The path as sent is encoded once more; s3 alone takes it as it is. */
static void add_path(struct buffer *b, const char *path, bool s3)
{
        if (!*path)
                buffer_add(b, "/");
        for (const char *p = path; *p; p++)
                if (s3 || *p == '/')
                        buffer_append(b, p, 1);
                else
                        add_encoded(b, (unsigned char)*p);
}

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char)tolower((unsigned char)c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes and encodes again, so that any spelling of a parameter has one canonical form. */
static void add_normalised(struct buffer *b, const char *from, const char *to)
{
        for (const char *p = from; p < to; p++) {
                int high = *p == '%' && to - p > 2 ? hex_value(p[1]) : -1;
                int low = high >= 0 ? hex_value(p[2]) : -1;

                if (low >= 0) {
                        add_encoded(b, (unsigned char)(high * 16 + low));
                        p += 2;
                } else {
                        add_encoded(b, (unsigned char)*p);
                }
        }
}

struct parameter {
        char *name, *value;
};

static int compare_parameters(const void *a, const void *b)
{
        const struct parameter *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        return r ? r : strcmp(x->value, y->value);
}

static int split_query(const char *query, struct parameter *list, size_t *ret_n)
{
        size_t n = 0;

        for (const char *p = query; *p;) {
                const char *end = p + strcspn(p, "&"), *equal = memchr(p, '=', (size_t)(end - p));
                struct buffer name = BUFFER_INIT(CANONICAL_MAX_BYTES), value = name;

                if (n == QUERY_PARAMETERS_MAX)
                        return -E2BIG;
                if (end > p) {
                        add_normalised(&name, p, equal ? equal : end);
                        add_normalised(&value, equal ? equal + 1 : end, end);
                        list[n].name = buffer_take(&name);
                        list[n++].value = buffer_take(&value);
                }
                *ret_n = n;
                p = *end ? end + 1 : end;
        }
        return 0;
}

static int add_query(struct buffer *b, const char *query)
{
        struct parameter list[QUERY_PARAMETERS_MAX];
        size_t n = 0;
        int r = split_query(query, list, &n);

        qsort(list, n, sizeof(list[0]), compare_parameters);
        for (size_t i = 0; i < n; i++) {
                buffer_printf(b, "%s%s=%s", i ? "&" : "", list[i].name, list[i].value);
                free(list[i].name);
                free(list[i].value);
        }
        return r;
}

/* The value without spaces around it, and with one where several stood. */
static void add_header_value(struct buffer *b, const char *value)
{
        bool space = false;

        value += strspn(value, " \t");
        for (; *value; value++) {
                if (*value == ' ' || *value == '\t') {
                        space = true;
                        continue;
                }
                if (space)
                        buffer_add(b, " ");
                space = false;
                buffer_append(b, value, 1);
        }
}

static int add_headers(struct buffer *b, const struct sigv4_message *m,
                       const struct sigv4_authorization *a)
{
        char name[256], previous[256] = "";

        for (const char *p = a->signed_headers; *p;) {
                size_t n = strcspn(p, ";");
                const char *value;

                if (n == 0 || n >= sizeof(name))
                        return -EINVAL;
                memcpy(name, p, n);
                name[n] = '\0';
                value = m->header(m->userdata, name);
                if (!value || strcmp(previous, name) >= 0)
                        return -EINVAL;
                buffer_printf(b, "%s:", name);
                add_header_value(b, value);
                buffer_add(b, "\n");
                memcpy(previous, name, n + 1);
                p += n + (p[n] == ';');
        }
        return 0;
}

static int add_canonical(struct buffer *b, const struct sigv4_message *m,
                         const struct sigv4_authorization *a)
{
        char hash[SHA256_HEX_MAX];
        int r;

        buffer_printf(b, "%s\n", m->method);
        add_path(b, m->path, strcmp(a->service, "s3") == 0);
        buffer_add(b, "\n");
        r = add_query(b, m->query);
        buffer_add(b, "\n");
        if (r == 0)
                r = add_headers(b, m, a);
        buffer_printf(b, "\n%s\n%s", a->signed_headers,
                      digest_sha256_hex(m->body, m->body_bytes, hash));
        return r < 0 ? r : buffer_error(b);
}

int sigv4_signature(const struct sigv4_message *m, const struct sigv4_authorization *a,
                    const unsigned char key[static SHA256_BYTES],
                    char signature[static SHA256_HEX_MAX])
{
        struct buffer text = BUFFER_INIT(CANONICAL_MAX_BYTES);
        const char *date = m->header(m->userdata, "x-amz-date");
        unsigned char mac[SHA256_BYTES];
        char hash[SHA256_HEX_MAX];
        int r;

        r = date ? add_canonical(&text, m, a) : -EINVAL;
        if (r == 0) {
                digest_sha256_hex(text.data, text.size_bytes, hash);
                buffer_reset(&text);
                buffer_printf(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", date,
                              a->date, a->region, a->service, hash);
                digest_hmac_sha256(key, SHA256_BYTES, text.data, text.size_bytes, mac);
                digest_hex(mac, sizeof(mac), signature);
        }
        buffer_done(&text);
        return r;
}
