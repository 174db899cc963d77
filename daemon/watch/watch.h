/* What the parts of the daemon share: daemon.c (life, signals, reload), scanning.c (when, and what
 * came of it), telling.c (journal, outbox, credentials that expire). Nobody else includes it. */
#pragma once

#include "daemon/report/language.h"
#include "daemon/watch/control.h"
#include "daemon/watch/cycle.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/schedule.h"
#include "daemon/watch/webhook.h"

struct watch {
        /* in force */
        const char *config_path, *state_dir;
        struct setup *setup;
        struct setup *next_setup; /* read by a reload while a cycle was running */
        struct store *store;
        enum language language;

        /* loop */
        sd_event *event;
        sd_event_source *due;    /* the next scan */
        sd_event_source *outbox; /* the next attempt to tell */
        sd_event_source *overdue;
        struct schedule schedule;
        struct control *control; /* NULL when it could not be had */
        struct monitor *monitor; /* NULL when it is off */
        struct counters counters;
        struct webhook *webhook; /* NULL when none is configured */

        /* the cycle in flight */
        struct cycle *cycle;
        const char *account; /* what it scans; of setup's configuration */
        uint64_t cycle_started_usec;
        bool stopping;
        bool answered;       /* some provider has, be it with a refusal */
        bool tried, spared;  /* a call was made; one was not, for it was refused before */
        unsigned unanswered; /* scans in a row in which none did */

        /* the last one */
        struct last_cycle {
                uint64_t finished_usec; /* realtime; 0: none since the start */
                int code;
                bool complete;
                char text[256];
        } last;

        /* telling */
        bool untold;      /* the last attempt failed, and this was said */
        json_t *expiries; /* by account: {"provider","expires_usec","told_usec","long"} */
};

static inline void watch_set_timer(sd_event_source *source, uint64_t time_usec,
                                   uint64_t accuracy_usec)
{
        (void)sd_event_source_set_time_accuracy(source, accuracy_usec ? accuracy_usec : 1);
        (void)sd_event_source_set_time(source, time_usec);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- scanning.c */

int watch_on_due(sd_event_source *source, uint64_t time_usec, void *user);
int watch_on_overdue(sd_event_source *source, uint64_t time_usec, void *user);
/* Microseconds that the machine was awake. */
uint64_t watch_awake_usec(const struct watch *w);
/* Every account is due: at once, or spread out, for the start. */
int watch_plan_scans(struct watch *w, bool spread);
/* What GET /status says. */
json_t *watch_status(void *user);

/* ---- telling.c */

int watch_on_outbox(sd_event_source *source, uint64_t time_usec, void *user);
/* What cannot be put into the outbox goes to the journal directly. */
void watch_tell(struct watch *w, int kind, const json_t *fields);
void watch_status_text(const char *text);
void watch_on_credentials(void *user, const char *provider, const char *account,
                          uint64_t expires_usec);
void watch_tell_expiries(struct watch *w);
/* As the configuration in force says. */
void watch_open_webhook(struct watch *w);

/* ---- watching.c: metrics and health */

/* Opens what the configuration says, instead of what is open. */
void watch_open_monitor(struct watch *w);
void watch_refresh_monitor(struct watch *w);
void watch_on_asked(void *user, const struct asked_call *call);
void watch_count_cycle(struct watch *w, const struct cycle_result *result);

/* ---- daemon.c */

/* Takes setup and puts it in force. */
int watch_use(struct watch *w, struct setup *setup);
