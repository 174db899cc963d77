#include "providers/aws/credentials.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const uint64_t advisory_usec = 15 * USEC_PER_MINUTE;
static const uint64_t mandatory_usec = 10 * USEC_PER_MINUTE;

void aws_credentials_done(struct aws_credentials *c)
{
        secret_free(c->access_key);
        secret_free(c->secret_key);
        secret_free(c->token);
        free(c->account_id);
        *c = (struct aws_credentials){ 0 };
}

static bool copy_text(char **to, const char *from)
{
        return !from || (*to = strdup(from));
}

int aws_credentials_copy(struct aws_credentials *ret, const struct aws_credentials *from)
{
        struct aws_credentials c = { .expires_usec = from->expires_usec,
                                     .obtained_usec = from->obtained_usec };

        if (!copy_text(&c.access_key, from->access_key) ||
            !copy_text(&c.secret_key, from->secret_key) || !copy_text(&c.token, from->token) ||
            !copy_text(&c.account_id, from->account_id)) {
                aws_credentials_done(&c);
                return -ENOMEM;
        }
        aws_credentials_done(ret);
        *ret = c;
        return 0;
}

static bool same(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool aws_credentials_same(const struct aws_credentials *a, const struct aws_credentials *b)
{
        return same(a->access_key, b->access_key) && same(a->secret_key, b->secret_key) &&
               same(a->token, b->token);
}

struct sign_credentials aws_credentials_sign(const struct aws_credentials *c)
{
        return (struct sign_credentials){ c->access_key, c->secret_key, c->token };
}

bool aws_credentials_expired(const struct aws_credentials *c, uint64_t now_usec)
{
        return c->expires_usec > 0 && now_usec >= c->expires_usec;
}

static uint64_t least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

enum aws_credentials_state aws_credentials_state(const struct aws_credentials *c, uint64_t now_usec)
{
        uint64_t life, left;

        if (c->expires_usec == 0)
                return AWS_CREDENTIALS_GOOD;
        if (now_usec >= c->expires_usec)
                return AWS_CREDENTIALS_MANDATORY;
        left = c->expires_usec - now_usec;
        life = c->expires_usec > c->obtained_usec ? c->expires_usec - c->obtained_usec : 0;
        if (left <= least(mandatory_usec, life / 4))
                return AWS_CREDENTIALS_MANDATORY;
        return left <= least(advisory_usec, life / 3) ? AWS_CREDENTIALS_ADVISORY
                                                      : AWS_CREDENTIALS_GOOD;
}

/* ---- from JSON ----------------------------------------------------------------------------- */

static int time_read(const json_t *value, uint64_t *ret_usec)
{
        static const double milliseconds_from = 1e11; /* as seconds: the year 5138 */
        double number;

        if (json_is_string(value))
                return clock_parse_iso8601(json_string_value(value), ret_usec);
        if (!json_is_number(value))
                return -EINVAL;
        number = json_number_value(value);
        if (number >= milliseconds_from)
                number /= 1000;
        if (!isfinite(number) || number < 0 || number >= milliseconds_from)
                return -EINVAL;
        *ret_usec = (uint64_t)(number * (double)USEC_PER_SEC);
        return 0;
}

static int text_read(char **ret, const json_t *object, const char *name, bool required,
                     struct error *err)
{
        const char *text = name ? json_member_string(object, name) : NULL;

        if ((!text || text[0] == '\0') && required)
                return error_set(err, -EBADMSG, "the credentials have no %s", name);
        for (const char *p = text; p && *p; p++) /* it will stand in a header */
                if ((unsigned char)*p <= ' ' || (unsigned char)*p == 127)
                        return error_set(err, -EBADMSG, "%s of the credentials is not readable",
                                         name);
        if (text && text[0] != '\0' && !(*ret = strdup(text)))
                return error_oom(err);
        return 0;
}

int aws_credentials_read(struct aws_credentials *ret, const json_t *object,
                         const struct aws_credentials_form *form, struct error *err)
{
        const json_t *expires = form->expires ? json_object_get(object, form->expires) : NULL;
        struct aws_credentials c = { 0 };
        int r = 0;

        if (json_is_null(expires) || (json_is_string(expires) && json_string_length(expires) == 0))
                expires = NULL;
        if (expires ? time_read(expires, &c.expires_usec) < 0 : form->temporary)
                r = error_set(err, -EBADMSG, "the credentials have no readable %s", form->expires);
        if (r == 0)
                r = text_read(&c.access_key, object, form->access_key, true, err);
        if (r == 0)
                r = text_read(&c.secret_key, object, form->secret_key, true, err);
        if (r == 0)
                r = text_read(&c.token, object, form->token, form->temporary, err);
        if (r == 0)
                r = text_read(&c.account_id, object, form->account_id, false, err);
        if (r < 0) {
                aws_credentials_done(&c);
                return r;
        }
        aws_credentials_done(ret);
        *ret = c;
        return 0;
}
