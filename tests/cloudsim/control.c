#include "tests/cloudsim/control.h"

#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/meter.h"

static const char prefix[] = "/_cloudsim/";

bool control_claims(const struct request *q)
{
        return strncmp(q->path, prefix, strlen(prefix)) == 0;
}

static void counters(struct request *q)
{
        json_auto_t *body = meter_counters(q->sim);

        reply_json(q, 200, body);
}

/* The calls in the order in which they came. */
static void show_log(struct request *q)
{
        const json_t *log = q->sim->log;
        size_t n = json_array_size(log), first = n < SIM_LOG_MAX ? 0 : q->sim->log_next;
        json_auto_t *body = json_array();

        for (size_t i = 0; i < n; i++)
                (void)json_array_append(body, json_array_get(log, (first + i) % n));
        reply_json(q, 200, body);
}

static void show_actions(struct request *q)
{
        reply_json(q, 200, q->sim->actions);
}

static void show_faults(struct request *q)
{
        reply_json(q, 200, q->sim->faults);
}

static void refuse(struct request *q, const char *text)
{
        json_auto_t *body = json_pack("{ss}", "error", text);

        reply_json(q, 400, body);
}

/* One fault or a list of them, added to those there are. */
static void add_faults(struct request *q)
{
        json_auto_t *sent = NULL, *list = NULL;
        struct error err = { 0 };

        if (json_parse(buffer_text(&q->body), q->body.size_bytes, &sent, &err) < 0) {
                refuse(q, err.text);
                return;
        }
        list = json_is_array(sent) ? json_incref(sent) : json_pack("[O]", sent);
        if (faults_check(list, &err) < 0) {
                refuse(q, err.text);
                return;
        }
        (void)json_array_extend(q->sim->faults, list);
        reply_text(q, 204, "text/plain", "");
}

static void clear_faults(struct request *q)
{
        (void)json_array_clear(q->sim->faults);
        (void)json_object_clear(q->sim->expired);
        reply_text(q, 204, "text/plain", "");
}

static void reset(struct request *q)
{
        sim_reset(q->sim);
        reply_text(q, 204, "text/plain", "");
}

static void reload(struct request *q)
{
        struct error err = { 0 };

        if (sim_reload(q->sim, &err) < 0)
                refuse(q, err.text);
        else
                reply_text(q, 204, "text/plain", "");
}

static const struct {
        const char *method, *name;
        void (*answer)(struct request *q);
} calls[] = {
        { "GET", "counters", counters },    { "GET", "log", show_log },
        { "GET", "actions", show_actions }, { "GET", "faults", show_faults },
        { "POST", "faults", add_faults },   { "DELETE", "faults", clear_faults },
        { "POST", "reset", reset },         { "POST", "world", reload },
};

void control_answer(struct request *q)
{
        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                if (strcmp(calls[i].method, q->method) == 0 &&
                    strcmp(calls[i].name, q->path + strlen(prefix)) == 0) {
                        calls[i].answer(q);
                        return;
                }
        reply_text(q, 404, "text/plain",
                   "GET counters log actions faults, POST faults reset world, "
                   "DELETE faults\n");
}
