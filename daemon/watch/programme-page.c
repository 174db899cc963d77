#include "daemon/watch/programme-page.h"

#include "daemon/base/clock.h"

#include <errno.h>

int programme_make_judged(struct programme **ret, const struct setup *setup, struct store *store,
                          struct error *err)
{
        struct programme_ask ask = { .setup = setup,
                                     .store = store,
                                     .now_usec = clock_realtime_usec() };
        struct store_summary summary = { 0 };
        int r = store_summarise(store, &summary, err);

        if (r == 0 && summary.judged && clock_parse_iso8601(summary.judged, &ask.now_usec) < 0)
                r = error_set(err, -EUCLEAN, "store: '%s' is no date of a judging", summary.judged);
        return r < 0 ? r : programme_make(ret, &ask, err);
}

int programme_page_take(struct programme_page *ret, const char *config_path,
                        struct report_request *request)
{
        int r;

        *ret = (struct programme_page){ 0 };
        r = setup_read(&ret->setup, config_path, &ret->error);
        if (r == 0)
                r = programme_make_judged(&ret->programme, ret->setup, request->store, &ret->error);
        request->programme = ret->programme;
        request->no_programme = r < 0 ? ret->error.text : NULL;
        return r;
}

void programme_page_done(struct programme_page *p)
{
        programme_result_free(p->programme);
        setup_free(p->setup);
}
