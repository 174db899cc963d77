#include <errno.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/sigv4.h"

enum { SKEW_MAX_MINUTES = 5, SIGNING_KEYS_MAX = 100000 };

static const char *header_of(void *userdata, const char *name)
{
        return request_header(userdata, name);
}

struct header_check {
        const struct sigv4_authorization *authorization;
        bool missing;
};

/* Every x-amz- header that was sent must be signed, and the content type. */
static enum MHD_Result check_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                    const char *value)
{
        struct header_check *check = cls;

        if ((strncasecmp(key, "x-amz-", 6) == 0 || strcasecmp(key, "content-type") == 0) &&
            !sigv4_is_signed(check->authorization, key))
                check->missing = true;
        return MHD_YES;
}

static bool headers_are_signed(const struct request *q, const struct sigv4_authorization *a)
{
        struct header_check check = { .authorization = a };

        (void)MHD_get_connection_values(q->connection, MHD_HEADER_KIND, check_header, &check);
        return !check.missing && sigv4_is_signed(a, "host") && sigv4_is_signed(a, "x-amz-date");
}

/* "20260115T083000Z" within five minutes of now, and of the day in the scope. */
static bool time_is_good(const struct request *q, const struct sigv4_authorization *a)
{
        const char *date = request_header(q, "X-Amz-Date");
        int64_t now = (int64_t)sim_now_usec(q->sim) + q->effects.skew_usec, distance;
        char iso[CLOCK_TEXT_MAX];
        uint64_t sent;

        if (!date || strlen(date) != 16 || strncmp(date, a->date, 8) != 0)
                return false;
        (void)snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", date, date + 4, date + 6,
                       date + 9, date + 11, date + 13);
        if (clock_parse_iso8601(iso, &sent) < 0)
                return false;
        distance = now - (int64_t)sent;
        if (distance < 0)
                distance = -distance;
        return distance <= (int64_t)(SKEW_MAX_MINUTES * USEC_PER_MINUTE);
}

/* Deriving a key costs four HMACs and it is good for a day: kept, as hex, because JSON holds no
 * bytes. */
static void signing_key(struct sim *s, const struct sigv4_authorization *a, const char *secret,
                        unsigned char key[static SHA256_BYTES])
{
        char name[512], text[2 * SHA256_BYTES + 1], *out = text;
        const char *known;

        (void)snprintf(name, sizeof(name), "%s/%s/%s/%s", a->access_key, a->date, a->region,
                       a->service);
        known = json_member_string(s->signing, name);
        if (known) {
                for (size_t i = 0; i < SHA256_BYTES; i++, known += 2)
                        key[i] = (unsigned char)((known[0] - 'a') << 4 | (known[1] - 'a'));
                return;
        }
        sigv4_key(a, secret, key);
        for (size_t i = 0; i < SHA256_BYTES; i++) {
                *out++ = (char)('a' + (key[i] >> 4));
                *out++ = (char)('a' + (key[i] & 15));
        }
        *out = '\0';
        if (json_object_size(s->signing) > SIGNING_KEYS_MAX)
                (void)json_object_clear(s->signing);
        (void)json_set_string(s->signing, name, text);
}

static bool signature_is_good(struct aws_call *c, const struct sigv4_authorization *a)
{
        struct request *q = c->q;
        const struct sigv4_message m = {
                .method = q->method,
                .path = q->path,
                .query = q->query,
                .body = buffer_text(&q->body),
                .body_bytes = q->body.size_bytes,
                .header = header_of,
                .userdata = q,
        };
        unsigned char key[SHA256_BYTES];
        char signature[SHA256_HEX_MAX];

        signing_key(q->sim, a, json_member_string(c->identity, "secret"), key);
        return sigv4_signature(&m, a, key, signature) == 0 && strcmp(signature, a->signature) == 0;
}

static bool token_is_good(const struct aws_call *c)
{
        const char *sent = request_header(c->q, "X-Amz-Security-Token");
        const char *token = json_member_string(c->identity, "token");

        return token ? sent && strcmp(sent, token) == 0 : !sent;
}

static bool body_hash_is_good(const struct aws_call *c)
{
        const char *sent = request_header(c->q, "X-Amz-Content-Sha256");
        char hex[SHA256_HEX_MAX];

        if (!sent)
                return c->service->protocol != PROTOCOL_REST_XML;
        return strcmp(sent,
                      digest_sha256_hex(buffer_text(&c->q->body), c->q->body.size_bytes, hex)) == 0;
}

enum aws_refusal aws_authenticate(struct aws_call *c)
{
        const char *header = request_header(c->q, "Authorization");
        struct sigv4_authorization a;

        if (!header)
                return AWS_MISSING_TOKEN;
        if (sigv4_parse(header, &a) < 0 || !headers_are_signed(c->q, &a))
                return AWS_INCOMPLETE;
        c->identity = identity_find(c->q->sim, a.access_key);
        if (!c->identity || !token_is_good(c))
                return AWS_UNKNOWN_KEY;
        if (strcmp(identity_partition(c->q->sim, json_member_string(c->identity, "account")),
                   c->partition) != 0)
                return AWS_UNKNOWN_KEY;
        if (strcmp(a.service, c->service->signing) != 0 || strcmp(a.region, c->q->region) != 0)
                return AWS_BAD_SCOPE;
        if (!time_is_good(c->q, &a))
                return AWS_BAD_TIME;
        if (!signature_is_good(c, &a) || !body_hash_is_good(c))
                return AWS_BAD_SIGNATURE;
        if (identity_expired(c->q->sim, a.access_key, c->identity))
                return AWS_EXPIRED_TOKEN;
        return AWS_OK;
}
