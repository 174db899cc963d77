#include "daemon/base/list.h"

#include <string.h>

static bool any(char *const *list, const char *text, int (*compare)(const char *, const char *))
{
        for (; text && list && *list; list++)
                if (compare(*list, text) == 0)
                        return true;
        return false;
}

bool list_has(char *const *list, const char *text)
{
        return any(list, text, strcmp);
}

bool list_has_nocase(char *const *list, const char *text)
{
        return any(list, text, strcasecmp);
}
