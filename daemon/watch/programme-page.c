#include "daemon/watch/programme-page.h"

int programme_page_take(struct programme_page *ret, const char *config_path,
                        struct report_request *request)
{
        struct programme_ask ask = { .store = request->store };
        int r;

        *ret = (struct programme_page){ 0 };
        r = setup_read(&ret->setup, config_path, &ret->error);
        ask.setup = ret->setup;
        if (r == 0)
                r = programme_make(&ret->programme, &ask, &ret->error);
        request->programme = ret->programme;
        request->no_programme = r < 0 ? ret->error.text : NULL;
        return r;
}

void programme_page_done(struct programme_page *p)
{
        programme_result_free(p->programme);
        setup_free(p->setup);
}
