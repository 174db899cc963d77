#include "providers/ovh/account.h"

#include <errno.h>
#include <string.h>

enum { NUMBER_MAX = 100000 };

/* A rule asks for six calendar months, which are 181 to 184 days: months and years by the calendar
 * must not fall below by being counted as thirty days. */
static uint64_t days_of_months(uint64_t months)
{
        static const unsigned longest[] = { 0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337 };

        return months / 12 * 365 + longest[months % 12];
}

int ovh_duration_days(const char *text, uint64_t *ret)
{
        uint64_t months = 0, days = 0;

        if (*text++ != 'P' || *text == '\0')
                return -EINVAL;
        while (*text != '\0' && *text != 'T') {
                uint64_t n = 0;
                size_t digits = strspn(text, "0123456789");

                for (size_t i = 0; i < digits && n < NUMBER_MAX; i++)
                        n = 10 * n + (uint64_t)(text[i] - '0');
                text += digits;
                if (digits == 0 || n >= NUMBER_MAX || !strchr("YMWD", *text) || *text == '\0')
                        return -EINVAL;
                months += *text == 'Y' ? 12 * n : *text == 'M' ? n : 0;
                days += *text == 'W' ? 7 * n : *text == 'D' ? n : 0;
                text++;
        }
        *ret = days + days_of_months(months); /* hours and less do not make a day */
        return 0;
}
