#include "daemon/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int error_set(struct error *err, int code, const char *fmt, ...)
{
        va_list ap;

        if (!err || err->code != 0)
                return code;
        err->code = code;
        va_start(ap, fmt);
        (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
        va_end(ap);
        return code;
}

int error_wrap(struct error *err, int code, const char *fmt, ...)
{
        char context[256], text[sizeof(err->text)];
        va_list ap;

        if (!err)
                return code;
        va_start(ap, fmt);
        (void)vsnprintf(context, sizeof(context), fmt, ap);
        va_end(ap);
        memcpy(text, err->text, sizeof(text));
        (void)snprintf(err->text, sizeof(err->text), "%s: %.*s", context,
                       (int)(sizeof(text) - strlen(context) - 3), text);
        err->code = code;
        return code;
}

int error_oom(struct error *err)
{
        return error_set(err, -ENOMEM, "out of memory");
}
