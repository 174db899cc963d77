#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/engine/job.h"

#include <string.h>

static json_t *text_value(const char *text)
{
        return text ? json_string(text) : NULL;
}

/* What follows the prefix in name ("parent.x" gives "x"), NULL when it is another name. */
static const char *after(const char *name, const char *prefix)
{
        size_t length = strlen(prefix);

        return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

static json_t *detail_value(const json_t *details, const char *path)
{
        for (size_t i = json_array_size(details); i > 0; i--) {
                json_t *value = json_path(json_array_get(details, i - 1), path);

                if (value)
                        return value;
        }
        return NULL;
}

static json_t *parent_value(const struct frame *parent, const char *name)
{
        json_t *value;

        if (!parent)
                return NULL;
        value = parent->item ? json_path(parent->item, name) : NULL;
        if (!value && strcmp(name, "id") == 0)
                return text_value(parent->id);
        if (!value && strcmp(name, "name") == 0)
                return text_value(parent->name);
        if (!value && after(name, "parent."))
                return parent_value(parent->parent, after(name, "parent."));
        return value ? value : detail_value(parent->details, name);
}

enum { SINCE_DAYS = 180, SINCE_DAYS_MAX = 3650 };

/* Midnight UTC after so many days (negative: before), as the name's end asks for it. Whole days:
 * what is asked, and so what details are remembered by, is the same all day. */
static json_t *midnight(const struct scan *scan, int64_t days, const char *form)
{
        int64_t epoch = ((int64_t)(scan->started_usec / USEC_PER_DAY) + days) * 86400;
        char text[CLOCK_TEXT_MAX];

        if (strcmp(form, "_epoch") == 0)
                return json_integer(epoch);
        (void)clock_format_rfc3339((uint64_t)epoch * USEC_PER_SEC, text);
        if (strcmp(form, "_date") == 0)
                return json_stringn(text, strlen("2026-01-15"));
        return form[0] == '\0' ? json_string(text) : NULL;
}

/* since, since14, until; each with _epoch or _date behind it. */
static json_t *time_value(const struct scan *scan, const char *name)
{
        const char *form = after(name, "until");
        uint64_t days = SINCE_DAYS;
        char digits[8];
        size_t n;

        if (form)
                return midnight(scan, 1, form);
        form = after(name, "since");
        if (!form)
                return NULL;
        n = strspn(form, "0123456789");
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)n, form);
        if (n > 0 && (number_parse_u64(digits, &days) < 0 || days > SINCE_DAYS_MAX))
                return NULL;
        return midnight(scan, -(int64_t)days, form + n);
}

/* What is the same for every call of the site. */
static json_t *site_value(const struct frame *f, const char *name)
{
        const struct scan_scope *scope = f->site->scope;
        const struct scan *scan = scope->account->scan;
        const char *path;

        if (strcmp(name, "region") == 0 || strcmp(name, "zone") == 0)
                return text_value(f->region ? f->region : f->site->region);
        if (strcmp(name, "scope") == 0)
                return text_value(site_scope_id(f->site));
        if ((path = after(name, "scope.")))
                return scope->scope ? json_path(scope->scope->attributes, path) : NULL;
        if (strcmp(name, "account") == 0)
                return text_value(scope->account->config->name);
        return time_value(scan, name);
}

json_t *frame_value(void *user, const char *name)
{
        const struct frame *f = user;
        const struct scan_account *a = f->site->scope->account;
        json_t *value = site_value(f, name);
        const char *path;

        if (value)
                return value;
        if ((path = after(name, "parent.")))
                return parent_value(f->parent, path);
        if ((path = after(name, "detail.")))
                return detail_value(f->details, path);
        if (f->each && strcmp(name, "each") == 0)
                return json_incref((json_t *)f->each);
        if (f->each && (path = after(name, "each.")))
                return json_path(f->each, path);
        if (f->over && strcmp(name, "over") == 0)
                return text_value(f->over);
        if (f->follow && (path = after(name, "over.")))
                return json_incref(json_object_get(f->follow, path));
        if (f->id && strcmp(name, "id") == 0)
                return text_value(f->id);
        if (f->name && strcmp(name, "name") == 0)
                return text_value(f->name);
        value = f->item ? json_path(f->item, name) : NULL;
        if (value)
                return value;
        return text_value(a->provider->variable(a->account, f->site->scope->scope,
                                                f->region ? f->region : f->site->region, name));
}
