/* Time, always in microseconds (uint64_t), and its text forms. */
#pragma once

#include "daemon/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)

enum { CLOCK_TEXT_MAX = 32 };

/* Microseconds since 1970-01-01 UTC. */
uint64_t clock_realtime_usec(void);

/* Microseconds that never go back and count suspend (CLOCK_BOOTTIME). */
uint64_t clock_boottime_usec(void);

/* RFC 3339 UTC with seconds, "2026-11-23T21:40:00Z", into text; returns text. */
char *clock_format_rfc3339(uint64_t time_usec, char text[static CLOCK_TEXT_MAX]);

/* "20261123T214000Z", as SigV4 wants it. */
char *clock_format_compact(uint64_t time_usec, char text[static CLOCK_TEXT_MAX]);

/* Reads RFC 3339 / ISO 8601 ("2026-01-15T08:30:00.123Z", offsets, or a bare date). -EINVAL. */
int clock_parse_iso8601(const char *text, uint64_t *ret_usec);

/* A day of the calendar and nothing else ("2026-01-31", never "2026-02-30"). -EINVAL. */
int clock_parse_day(const char *text, uint64_t *ret_usec);

/* Reads an HTTP date ("Mon, 23 Nov 2026 21:40:00 GMT"). -EINVAL. */
int clock_parse_http_date(const char *text, uint64_t *ret_usec);

/* Reads systemd-like spans: "15min", "1h 30min", "20s", "7d", "500ms"; a bare number is seconds.
 * -EINVAL. */
int clock_parse_span(const char *text, uint64_t *ret_usec);
