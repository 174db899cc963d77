#include "daemon/base/clock.h"

#include "daemon/base/number.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

static uint64_t clock_usec(clockid_t id)
{
        struct timespec ts;

        if (clock_gettime(id, &ts) < 0)
                return 0;
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_realtime_usec(void)
{
        return clock_usec(CLOCK_REALTIME);
}

uint64_t clock_boottime_usec(void)
{
        return clock_usec(CLOCK_BOOTTIME);
}

static struct tm clock_utc(uint64_t time_usec)
{
        time_t seconds = (time_t)(time_usec / USEC_PER_SEC);
        struct tm tm = { 0 };

        (void)gmtime_r(&seconds, &tm);
        return tm;
}

char *clock_format_rfc3339(uint64_t time_usec, char text[static CLOCK_TEXT_MAX])
{
        struct tm tm = clock_utc(time_usec);

        (void)strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
        return text;
}

char *clock_format_compact(uint64_t time_usec, char text[static CLOCK_TEXT_MAX])
{
        struct tm tm = clock_utc(time_usec);

        (void)strftime(text, CLOCK_TEXT_MAX, "%Y%m%dT%H%M%SZ", &tm);
        return text;
}

/* The fraction after the seconds, in microseconds; digits past the sixth are dropped. */
static const char *parse_fraction(const char *p, uint64_t *ret_usec)
{
        uint64_t usec = 0, unit = 100000;

        for (; isdigit((unsigned char)*p); p++, unit /= 10)
                usec += (uint64_t)(*p - '0') * unit;
        *ret_usec = usec;
        return p;
}

static const char *parse_offset(const char *p, int64_t *ret_seconds)
{
        int sign, hours, minutes, used = 0;

        *ret_seconds = 0;
        if (*p == 'Z' || *p == 'z')
                return p + 1;
        if (*p != '+' && *p != '-')
                return p;
        sign = *p == '-' ? -1 : 1;
        if (sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
            sscanf(p + 1, "%2d%2d%n", &hours, &minutes, &used) != 2)
                return NULL;
        *ret_seconds = sign * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
        return p + 1 + used;
}

int clock_parse_iso8601(const char *text, uint64_t *ret_usec)
{
        struct tm tm = { 0 };
        uint64_t fraction_usec = 0;
        int64_t offset_seconds = 0;
        const char *p;
        time_t t;

        p = strptime(text, "%Y-%m-%d", &tm);
        if (!p)
                return -EINVAL;
        if (*p == 'T' || *p == 't' || *p == ' ') {
                p = strptime(p + 1, "%H:%M:%S", &tm);
                if (!p)
                        return -EINVAL;
                if (*p == '.')
                        p = parse_fraction(p + 1, &fraction_usec);
                p = parse_offset(p, &offset_seconds);
        }
        if (!p || *p != '\0')
                return -EINVAL;
        t = timegm(&tm);
        if (t < offset_seconds)
                return -EINVAL;
        *ret_usec = (uint64_t)(t - offset_seconds) * USEC_PER_SEC + fraction_usec;
        return 0;
}

int clock_parse_day(const char *text, uint64_t *ret_usec)
{
        char back[CLOCK_TEXT_MAX];
        uint64_t usec;

        if (strlen(text) != strlen("2026-01-31") || clock_parse_iso8601(text, &usec) < 0 ||
            strncmp(clock_format_rfc3339(usec, back), text, strlen(text)) != 0)
                return -EINVAL;
        *ret_usec = usec;
        return 0;
}

int clock_parse_http_date(const char *text, uint64_t *ret_usec)
{
        struct tm tm = { 0 };
        const char *p = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        time_t t;

        if (!p || *p != '\0')
                return -EINVAL;
        t = timegm(&tm);
        if (t < 0)
                return -EINVAL;
        *ret_usec = (uint64_t)t * USEC_PER_SEC;
        return 0;
}

static const struct {
        const char *name;
        uint64_t usec;
} span_units[] = {
        { "usec", 1 },
        { "us", 1 },
        { "msec", USEC_PER_MSEC },
        { "ms", USEC_PER_MSEC },
        { "sec", USEC_PER_SEC },
        { "s", USEC_PER_SEC },
        { "min", USEC_PER_MINUTE },
        { "m", USEC_PER_MINUTE },
        { "hours", USEC_PER_HOUR },
        { "hour", USEC_PER_HOUR },
        { "h", USEC_PER_HOUR },
        { "days", USEC_PER_DAY },
        { "day", USEC_PER_DAY },
        { "d", USEC_PER_DAY },
        { "weeks", 7 * USEC_PER_DAY },
        { "week", 7 * USEC_PER_DAY },
        { "w", 7 * USEC_PER_DAY },
        { "", USEC_PER_SEC },
};

static uint64_t span_unit_usec(const char *name, size_t length)
{
        for (size_t i = 0; i < ELEMENTSOF(span_units); i++)
                if (strlen(span_units[i].name) == length &&
                    strncmp(span_units[i].name, name, length) == 0)
                        return span_units[i].usec;
        return 0;
}

int clock_parse_span(const char *text, uint64_t *ret_usec)
{
        const char *p = text + strspn(text, " ");
        uint64_t total = 0;

        if (*p == '\0')
                return -EINVAL;
        while (*p != '\0') {
                size_t digits = strspn(p, "0123456789"), letters;
                char number[20];
                uint64_t n, unit;

                if (digits == 0 || digits >= sizeof(number))
                        return -EINVAL;
                memcpy(number, p, digits);
                number[digits] = '\0';
                if (number_parse_u64(number, &n) < 0)
                        return -EINVAL;
                p += digits;
                p += strspn(p, " ");
                letters = strspn(p, "abcdefghijklmnopqrstuvwxyz");
                unit = span_unit_usec(p, letters);
                if (unit == 0 || n > UINT64_MAX / 2 / unit || total > UINT64_MAX / 2 - n * unit)
                        return -EINVAL;
                total += n * unit;
                p += letters;
                p += strspn(p, " ");
        }
        *ret_usec = total;
        return 0;
}
