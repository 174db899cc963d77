#include "daemon/watch/cycle.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

struct once {
        struct cycle_request request; /* the caller's */
        struct cycle *cycle;
        sd_event *event;
        struct cycle_result *result;
        struct error *err;
};

static void once_on_progress(void *user, const struct cycle_progress *progress)
{
        struct once *o = user;

        if (o->request.on_progress)
                o->request.on_progress(o->request.user, progress);
}

static void once_on_trouble(void *user, const struct scan_trouble *trouble)
{
        struct once *o = user;

        if (o->request.on_trouble)
                o->request.on_trouble(o->request.user, trouble);
}

static void once_on_done(void *user, const struct cycle_result *result)
{
        struct once *o = user;

        *o->result = *result;
        if (result->code < 0)
                (void)error_set(o->err, result->code, "%s", result->text);
        o->result->text = NULL; /* the cycle goes, the error stays */
        (void)sd_event_exit(o->event, 0);
}

static int once_on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
        struct once *o = user;
        sigset_t mask;

        /* the second one is not caught: whoever presses twice means it */
        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, (int)info->ssi_signo);
        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        (void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
        cycle_cancel(o->cycle, "interrupted", true);
        return 0;
}

static int once_loop(struct once *o, struct error *err)
{
        static const int signals[] = { SIGINT, SIGTERM };
        struct cycle_request inner = o->request;
        sigset_t mask;
        int r = 0;

        (void)sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void)sigaddset(&mask, signals[i]);
        (void)sigprocmask(SIG_BLOCK, &mask, NULL);
        for (size_t i = 0; i < ELEMENTSOF(signals) && r >= 0; i++)
                r = sd_event_add_signal(o->event, NULL, signals[i], once_on_signal, o);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        inner.event = o->event;
        inner.on_progress = once_on_progress;
        inner.on_trouble = once_on_trouble;
        inner.on_credentials = NULL;
        inner.on_done = once_on_done;
        inner.user = o;
        r = cycle_new(&o->cycle, &inner, err);
        if (r < 0)
                return r;
        r = sd_event_loop(o->event);
        o->cycle = cycle_free(o->cycle);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        return o->result->code;
}

int cycle_run(const struct cycle_request *request, struct cycle_result *ret, struct error *err)
{
        struct once o = { .request = *request, .result = ret, .err = err };
        int r;

        *ret = (struct cycle_result){ 0 };
        r = sd_event_new(&o.event);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        r = once_loop(&o, err);
        sd_event_unref(o.event);
        return r;
}
