#include "daemon/cli/progress.h"

#include "daemon/base/clock.h"
#include "daemon/report/language.h"

#include <inttypes.h>
#include <string.h>

#define REDRAW_USEC (100 * USEC_PER_MSEC)

struct progress progress_new(bool quiet)
{
        const char *term = getenv("TERM");

        return (struct progress){ .shown = !quiet && isatty(STDERR_FILENO) && term &&
                                           strcmp(term, "dumb") != 0 };
}

void progress_clear(struct progress *p)
{
        if (p->drawn)
                (void)fputs("\r\033[K", stderr);
        p->drawn = false;
}

static void draw_scan(const struct scan_progress *s)
{
        (void)fprintf(stderr,
                      _("Scanning: %" PRIu64 " of %" PRIu64 " lists, %" PRIu64 " calls, %" PRIu64
                        " resources"),
                      s->passes_done, s->passes_total, s->calls, s->resources);
        if (s->denied > 0)
                (void)fprintf(stderr, _(", %" PRIu64 " denied"), s->denied);
        if (s->throttled > 0)
                (void)fprintf(stderr, _(", %" PRIu64 " throttled"), s->throttled);
}

void progress_update(struct progress *p, const struct cycle_progress *now)
{
        uint64_t now_usec;

        if (!p->shown)
                return;
        now_usec = clock_boottime_usec();
        if (p->drawn && now_usec - p->last_usec < REDRAW_USEC)
                return;
        p->last_usec = now_usec;
        (void)fputs("\r\033[K", stderr);
        if (now->scan)
                draw_scan(now->scan);
        else
                (void)fprintf(stderr, _("Judging: %zu of %zu places"), now->places_judged,
                              now->places);
        (void)fflush(stderr);
        p->drawn = true;
}
