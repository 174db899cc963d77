/* The form body of the query and ec2 protocols. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

enum { FORM_NAME_MAX = 256, FORM_DEPTH_MAX = 16 };

struct form {
        struct buffer *to;
        bool member; /* lists are numbered below ".member", not at once */
        char name[FORM_NAME_MAX];
};

static int add_pair(struct form *f, const json_t *value)
{
        _cleanup_(freep) char *text = json_scalar_text(value);

        if (!text)
                return -ENOMEM;
        buffer_append(f->to, "&", 1);
        url_encode(f->to, f->name);
        buffer_append(f->to, "=", 1);
        url_encode(f->to, text);
        return buffer_error(f->to);
}

static int add_value(struct form *f, const json_t *value, unsigned depth);

static int add_below(struct form *f, const char *dot, const char *key, const json_t *value,
                     unsigned depth)
{
        size_t length = strlen(f->name), n = length + strlen(dot) + strlen(key);
        int r;

        if (n >= FORM_NAME_MAX)
                return -E2BIG;
        memcpy(f->name + length, dot, strlen(dot));
        memcpy(f->name + length + strlen(dot), key, strlen(key) + 1);
        r = add_value(f, value, depth + 1);
        f->name[length] = '\0';
        return r;
}

/* Depth is bounded because templates and pages come from files. */
static int add_value(struct form *f, const json_t *value, unsigned depth)
{
        const char *key;
        char number[24];
        json_t *element;
        size_t i;
        int r = 0;

        if (depth > FORM_DEPTH_MAX)
                return -E2BIG;
        if (json_is_null(value))
                return 0;
        if (json_is_object(value)) {
                json_object_foreach((json_t *)value, key, element)
                {
                        if (r == 0)
                                r = add_below(f, ".", key, element, depth);
                }
                return r;
        }
        if (!json_is_array(value))
                return add_pair(f, value);
        json_array_foreach((json_t *)value, i, element)
        {
                (void)snprintf(number, sizeof(number), "%zu", i + 1);
                if (r == 0)
                        r = add_below(f, f->member ? ".member." : ".", number, element, depth);
        }
        return r;
}

static int add_members(struct form *f, const json_t *object)
{
        const char *key;
        json_t *value;
        int r = 0;

        json_object_foreach((json_t *)object, key, value)
        {
                f->name[0] = '\0';
                if (r == 0)
                        r = add_below(f, "", key, value, 0);
        }
        return r;
}

int aws_form_write(struct buffer *b, const struct aws_message *m, struct error *err)
{
        struct form f = { .to = b, .member = m->protocol == AWS_QUERY };
        int r;

        buffer_add(b, "Action=");
        url_encode(b, m->operation);
        buffer_add(b, "&Version=");
        url_encode(b, m->version ? m->version : "");
        r = add_members(&f, m->query); /* where paging puts its parameters when there is no body */
        if (r == 0)
                r = add_members(&f, m->body);
        if (r == -E2BIG)
                return error_set(err, r, "the parameters of %s are too large or nest too deep",
                                 m->operation);
        return r < 0 ? error_oom(err) : 0;
}
