/* Names as Google's APIs spell them: full resource names and relative ones, projects by id and by
 * number, locations as codes, as zones and as URLs. */
#include "providers/gcp/account.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"

#include <ctype.h>
#include <string.h>

enum { KEY_BYTES_MAX = 64 * 1024 };

/* "projects/p/…" of "//host/projects/p/…", of "https://host/compute/v1/projects/p/…". */
static const char *without_host(const char *id)
{
        const char *from = strncmp(id, "https://", 8) == 0 ? id + 6 : id, *inner;

        if (strncmp(from, "//", 2) != 0 || !strchr(from + 2, '/'))
                return id;
        from = strchr(from + 2, '/') + 1;
        inner = strncmp(id, "https://", 8) == 0 ? strstr(from, "projects/") : NULL;
        return inner ? inner : from;
}

static bool all_digits(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (!isdigit((unsigned char)text[i]))
                        return false;
        return length > 0;
}

/* The scope's own number, as what found it kept it: "projects/123" or "123". */
static const char *number_of(const struct scope *scope)
{
        static const char *const keys[] = { "number", "projectNumber", "name" };

        for (size_t i = 0; scope && i < ELEMENTSOF(keys); i++) {
                const char *text = json_member_string(scope->attributes, keys[i]);

                if (text && strncmp(text, "projects/", 9) == 0)
                        text += 9;
                if (text && all_digits(text, strlen(text)))
                        return text;
        }
        return NULL;
}

bool gcp_is_number_of(const struct scope *scope, const char *text, size_t length)
{
        const char *number = number_of(scope);

        return number && strlen(number) == length && strncmp(number, text, length) == 0;
}

char *gcp_id_key(const struct account *a, const struct scope *scope, const char *id)
{
        struct buffer b = BUFFER_INIT(KEY_BYTES_MAX);
        const char *plain = without_host(id), *rest;
        char *key;

        if (strncmp(plain, "projects/", 9) == 0 && scope) {
                size_t length = strcspn(plain + 9, "/");

                rest = plain + 9 + length;
                if (gcp_is_number_of(scope, plain + 9, length)) {
                        buffer_printf(&b, "projects/%s%s", scope->id, rest);
                        plain = NULL;
                }
        }
        if (plain)
                buffer_add(&b, plain);
        key = buffer_error(&b) == 0 ? buffer_take(&b) : NULL;
        buffer_done(&b);
        return key;
}

void gcp_region_code(char *location)
{
        const char *slash = strrchr(location, '/');

        if (slash)
                memmove(location, slash + 1, strlen(slash + 1) + 1);
        for (char *p = location; *p != '\0'; p++)
                *p = (char)tolower((unsigned char)*p);
}
