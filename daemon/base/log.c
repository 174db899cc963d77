#include "daemon/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

static int max_priority = LOG_INFO; /* the one mutable global of the program */

void log_set_max_priority(int priority)
{
        max_priority = priority;
}

int log_max_priority(void)
{
        return max_priority;
}

void log_message(int priority, const char *fmt, ...)
{
        char line[2048];
        va_list ap;

        if (priority > max_priority)
                return;
        va_start(ap, fmt);
        (void)vsnprintf(line, sizeof(line), fmt, ap);
        va_end(ap);
        /* systemd sets JOURNAL_STREAM for what it starts; a person gets plain lines. */
        if (getenv("JOURNAL_STREAM"))
                (void)fprintf(stderr, "<%d>%s\n", priority, line);
        else
                (void)fprintf(stderr, "vigie: %s\n", line);
}
