#include "daemon/report/declared.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/report/language.h"

#include <string.h>

enum { TEXT_BYTES_MAX = 16 * 1024, SOURCE_BYTES_MAX = 1024, LABEL_COLUMNS = 20 };

static bool has_state(const json_t *entry, const char *state)
{
        const char *own = json_member_string(entry, "state");

        return own && strcmp(own, state) == 0;
}

/* Sources that are no one file's (a conflict's) are shown as they are. */
const char *declared_source(const json_t *entry, char *text, size_t size)
{
        const char *source = json_member_string(entry, "source");
        const char *file = json_member_string(entry, "file");
        const char *owner = json_member_string(entry, "owner");

        if (file && owner)
                (void)snprintf(text, size, _("declaration %s, %s"), file, owner);
        else if (source && strcmp(source, "tag") == 0)
                (void)snprintf(text, size, "%s", _("tag"));
        else if (source && strcmp(source, "policy") == 0)
                (void)snprintf(text, size, "%s", _("policy"));
        else
                (void)snprintf(text, size, "%s", source ? source : "?");
        return text;
}

static char *taken(struct buffer *b)
{
        char *text = buffer_error(b) == 0 ? buffer_take(b) : NULL;

        buffer_done(b);
        return text;
}

static const char *short_key(const char *key)
{
        static const char prefix[] = "ai-act-";

        return strncmp(key, prefix, strlen(prefix)) == 0 ? key + strlen(prefix) : key;
}

char *declared_text(const json_t *description)
{
        struct buffer b = BUFFER_INIT(TEXT_BYTES_MAX);
        char source[SOURCE_BYTES_MAX], before[SOURCE_BYTES_MAX] = "";
        const char *key;
        json_t *entry;

        buffer_add(&b, "");
        json_object_foreach(json_object_get(description, "declared_by"), key, entry)
        {
                const char *value = json_member_string(entry, "value");

                if (!has_state(entry, "ok"))
                        continue;
                (void)declared_source(entry, source, sizeof(source));
                if (*before && strcmp(before, source) == 0)
                        buffer_add(&b, ", ");
                else if (*before)
                        buffer_printf(&b, " (%s); ", before);
                buffer_printf(&b, "%s=%s", short_key(key), value ? value : "");
                (void)snprintf(before, sizeof(before), "%s", source);
        }
        if (*before)
                buffer_printf(&b, " (%s)", before);
        return taken(&b);
}

static void put_state(struct buffer *b, const json_t *entry)
{
        const char *until = json_member_string(entry, "until");
        const json_t *places = json_object_get(entry, "places"), *place;
        size_t i;

        if (has_state(entry, "invalid"))
                buffer_printf(b, "; %s", _("not a value of this tag"));
        if (has_state(entry, "unreadable"))
                buffer_printf(b, "; %s",
                              _("not known whether it counts: it depends on tags that "
                                "could not be read"));
        if (has_state(entry, "conflict"))
                buffer_printf(b, "; %s", _("they differ, none counts"));
        json_array_foreach((json_t *)places, i, place)
                buffer_printf(b, "%s%s", i == 0 ? ": " : ", ", json_string_value(place));
        if (!until)
                return;
        buffer_add(b, "; ");
        buffer_printf(
                b, has_state(entry, "ended") ? _("ended on %s, no longer counts") : _("until %s"),
                until);
}

static char *line_of(const json_t *entry)
{
        struct buffer b = BUFFER_INIT(TEXT_BYTES_MAX);
        const char *value = json_member_string(entry, "value");
        const char *reason = json_member_string(entry, "reason");
        char source[SOURCE_BYTES_MAX];
        const json_t *other;
        size_t i;

        buffer_printf(&b, "%s (%s)", value ? value : "",
                      declared_source(entry, source, sizeof(source)));
        if (reason)
                buffer_printf(&b, ": %s", reason);
        put_state(&b, entry);
        json_array_foreach(json_object_get(entry, "overridden"), i, other)
        {
                value = json_member_string(other, "value");
                buffer_add(&b, "; ");
                buffer_printf(&b, _("instead of %s (%s)"), value ? value : "",
                              declared_source(other, source, sizeof(source)));
        }
        return taken(&b);
}

void declared_print(const struct report_request *request, const json_t *description)
{
        const struct terminal *t = &request->terminal;
        const json_t *all = json_object_get(description, "declared_by");
        const char *key;
        json_t *entry;

        if (json_object_size(all) == 0)
                return;
        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, _("Declared"));
        (void)fputc('\n', t->out);
        json_object_foreach((json_t *)all, key, entry)
        {
                _cleanup_(freep) char *text = line_of(entry);

                (void)fprintf(t->out, "  %s:%*s", key,
                              strlen(key) < LABEL_COLUMNS ? LABEL_COLUMNS - (int)strlen(key) : 1,
                              "");
                terminal_fold(t, LABEL_COLUMNS + 3, LABEL_COLUMNS + 3, text ? text : "");
        }
}
