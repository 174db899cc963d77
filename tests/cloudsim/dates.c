#include "tests/cloudsim/dates.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/number.h"

/* NULL: not such a text. */
static json_t *date_of(const char *text, uint64_t now_usec)
{
        bool epoch = strncmp(text, "@epoch -", 8) == 0, iso = strncmp(text, "@iso -", 6) == 0;
        char number[16], out[CLOCK_TEXT_MAX];
        uint64_t days, usec;
        size_t n;

        if (!epoch && !iso)
                return NULL;
        text = strchr(text, '-') + 1;
        n = strlen(text);
        if (n < 2 || n >= sizeof(number) || text[n - 1] != 'd')
                return NULL;
        (void)snprintf(number, sizeof(number), "%.*s", (int)(n - 1), text);
        if (number_parse_u64(number, &days) < 0 || days > now_usec / USEC_PER_DAY)
                return NULL;
        usec = (now_usec / USEC_PER_DAY - days) * USEC_PER_DAY;
        if (epoch)
                return json_real((double)usec / 1e6 + 0.25);
        return json_string(clock_format_rfc3339(usec, out));
}

static json_t *filled(json_t *value, uint64_t now_usec)
{
        json_t *date = json_is_string(value) ? date_of(json_string_value(value), now_usec) : NULL;

        if (!date)
                dates_fill(value, now_usec);
        return date;
}

void dates_fill(json_t *value, uint64_t now_usec)
{
        const char *key;
        json_t *member, *date;
        size_t i;

        if (json_is_object(value)) {
                json_object_foreach(value, key, member)
                {
                        if ((date = filled(member, now_usec)))
                                (void)json_object_set_new(value, key, date);
                }
        } else if (json_is_array(value)) {
                json_array_foreach(value, i, member)
                {
                        if ((date = filled(member, now_usec)))
                                (void)json_array_set_new(value, i, date);
                }
        }
}
