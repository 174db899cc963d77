#include "tests/cloudsim/sim.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/dates.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/world.h"

static void replace(json_t **at, json_t *value)
{
        json_decref(*at);
        *at = value;
}

static void forget(struct sim *s)
{
        json_t *faults = json_object_get(s->world, "faults");

        replace(&s->issued, json_object());
        replace(&s->expired, json_object());
        replace(&s->signing, json_object());
        replace(&s->sessions, json_object());
        replace(&s->counters, json_object());
        replace(&s->denied, json_object());
        replace(&s->actions, json_object());
        replace(&s->buckets, json_object());
        replace(&s->log, json_array());
        replace(&s->faults, faults ? json_deep_copy(faults) : json_array());
        s->log_next = 0;
        s->requests = s->repeated_after_denial = s->violations = s->connections = 0;
        s->in_flight_max = s->in_flight;
}

/* settings.clock: a time that stands still, for signatures made long ago. */
static int read_clock(struct sim *s, struct error *err)
{
        const char *text = json_member_string(json_object_get(s->world, "settings"), "clock");

        if (text && clock_parse_iso8601(text, &s->frozen_usec) < 0)
                return error_set(err, -EINVAL, "settings.clock: not a time: %s", text);
        return 0;
}

int sim_reload(struct sim *s, struct error *err)
{
        struct sim fresh = { .keys = json_object(), .scw_keys = json_object() };
        int r = world_load(s->world_path, s->overrides, &fresh.world, err);

        if (r == 0)
                r = faults_check(json_object_get(fresh.world, "faults"), err);
        if (r == 0)
                r = identity_index(&fresh, err);
        if (r == 0)
                r = read_clock(&fresh, err);
        if (r == 0) {
                dates_fill(fresh.world, sim_now_usec(&fresh));
                s->frozen_usec = fresh.frozen_usec;
                replace(&s->world, json_incref(fresh.world));
                replace(&s->keys, json_incref(fresh.keys));
                replace(&s->scw_keys, json_incref(fresh.scw_keys));
                forget(s);
        }
        json_decref(fresh.world);
        json_decref(fresh.keys);
        json_decref(fresh.scw_keys);
        return r;
}

int sim_init(struct sim *s, const char *world_path, struct error *err)
{
        s->world_path = strdup(world_path);
        return s->world_path ? sim_reload(s, err) : error_oom(err);
}

void sim_reset(struct sim *s)
{
        forget(s);
}

void sim_done(struct sim *s)
{
        json_t **const owned[] = { &s->overrides, &s->world,    &s->keys,    &s->scw_keys,
                                   &s->issued,    &s->expired,  &s->signing, &s->sessions,
                                   &s->faults,    &s->counters, &s->denied,  &s->buckets,
                                   &s->actions,   &s->log };

        for (size_t i = 0; i < ELEMENTSOF(owned); i++)
                replace(owned[i], NULL);
        free(s->world_path);
        s->world_path = NULL;
}

uint64_t sim_now_usec(const struct sim *s)
{
        return s->frozen_usec ? s->frozen_usec : clock_realtime_usec();
}
