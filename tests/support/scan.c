#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/scan.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

void scan_aws_key(const char *id, const char *secret)
{
        setenv("AWS_ACCESS_KEY_ID", id, 1);
        setenv("AWS_SECRET_ACCESS_KEY", secret, 1);
        setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
        setenv("AWS_CONFIG_FILE", "/dev/null", 1);
        setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
        unsetenv("AWS_PROFILE");
        unsetenv("AWS_SESSION_TOKEN");
}

void scan_aws_small_key(void)
{
        scan_aws_key("AKIASMALLWORLD000001", "small/world/secret/key+not/a/real/one000");
}

int scan_world(void **state, const char *world, const char *const *more)
{
        *state = cloudsim_start(world, more);
        return *state ? 0 : -1;
}

int scan_teardown(void **state)
{
        return cloudsim_stop(*state);
}

void scan_fault(void **state, const char *match, const char *what)
{
        _cleanup_(freep) char *text = NULL;

        assert_true(asprintf(&text, "{\"match\": {%s}, \"do\": %s}", match, what) > 0);
        assert_int_equal(cloudsim_add_faults(*state, text), 0);
}

/* ---- the sink
 * -------------------------------------------------------------------------------------- */

static int on_pass_begin(void *user, const struct place *place, const char *collector,
                         void **ret_pass, struct error *err)
{
        *ret_pass = json_pack("{s:s, s:s, s:s}", "collector", collector, "scope", place->scope,
                              "region", place->region);
        return *ret_pass ? 0 : error_oom(err);
}

static int remember(struct scan_run *run, const struct resource *r, json_t *copy_take)
{
        json_t *list = json_object_get(run->by_kind, r->kind);
        json_auto_t *copy = copy_take;

        if (!list) {
                list = json_array();
                if (json_object_set_new(run->by_kind, r->kind, list) < 0)
                        return -ENOMEM;
        }
        return json_array_append(list, copy) < 0 || json_object_set(run->resources, r->id, copy) < 0
                       ? -ENOMEM
                       : 0;
}

static int on_known(void *user, void *pass, const struct resource *r, uint64_t not_before_usec,
                    json_t **ret_facts, struct error *err)
{
        struct scan_run *run = user;
        json_t *before = json_object_get(run->remembered, r->id);
        const char *digest = json_member_string(before, "listed_digest");

        if (!digest || strcmp(digest, r->listed_digest) != 0 ||
            !json_is_true(json_object_get(before, "complete")))
                return 0;
        if (ret_facts)
                *ret_facts = json_incref(json_object_get(before, "facts"));
        return remember(run, r, json_incref(before)) < 0 ? error_oom(err) : 1;
}

static int on_resource(void *user, void *pass, const struct resource *r, struct error *err)
{
        struct scan_run *run = user;
        json_t *copy;

        if (run->sink_fails_after >= 0 && run->resources_seen >= run->sink_fails_after)
                return error_set(err, -ENOSPC, "the disk is full");
        run->resources_seen++;
        copy = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:b, s:O, s:O, s:O}",
                         "id", r->id, "kind", r->kind, "region", r->region, "scope", r->scope,
                         "name", r->name, "status", r->status, "service_type", r->service_type,
                         "topic", r->topic, "listed_digest", r->listed_digest, "complete",
                         r->details_complete, "facts", r->facts, "tags", r->tags, "evidence",
                         r->evidence);
        return copy && remember(run, r, copy) == 0 ? 0 : error_oom(err);
}

/* Every answer is young. */
static int on_pass_known(void *user, const struct place *place, const char *collector,
                         uint64_t not_before_usec, struct error *err)
{
        struct scan_run *run = user;
        _cleanup_(freep) char *key = NULL;
        const char *state;

        if (asprintf(&key, "%s %s %s", collector, place->scope, place->region) < 0)
                return error_oom(err);
        state = json_member_string(json_object_get(run->answered, key), "state");
        return state && strcmp(state, "ok") == 0;
}

static int on_pass_end(void *user, void *pass, const struct coverage *c, struct error *err)
{
        struct scan_run *run = user;
        _cleanup_(freep) char *key = NULL;
        json_t *row;

        json_decref(pass);
        if (asprintf(&key, "%s %s %s", c->collector, c->place.scope, c->place.region) < 0)
                return error_oom(err);
        row = json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:b, s:I}", "state",
                        coverage_state_name(c->state), "cause", c->cause, "permission",
                        c->permission, "calls", (json_int_t)c->calls, "items", (json_int_t)c->items,
                        "partial", c->partial, "asked", (json_int_t)c->asked_usec);
        return row && json_object_set_new(run->coverage, key, row) == 0 ? 0 : error_oom(err);
}

/* ---- what was refused --------------------------------------------------------------------------
 */

static json_t *denied_at(const struct scan_run *run, const struct place *place)
{
        _cleanup_(freep) char *key = NULL;
        json_t *at;

        if (asprintf(&key, "%s %s %s", place->account, place->scope, place->region) < 0)
                return NULL;
        at = json_object_get(run->denied, key);
        if (!at && json_object_set_new(run->denied, key, json_object()) == 0)
                at = json_object_get(run->denied, key);
        return at;
}

static char *denied_key(const struct denied_call *d)
{
        char *key = NULL;

        return asprintf(&key, "%s %llu", d->collector, (unsigned long long)d->part) < 0 ? NULL
                                                                                        : key;
}

static int on_denied(void *user, const struct place *place,
                     int (*cb)(void *to, const struct denied_call *d), void *to, struct error *err)
{
        const char *key;
        json_t *row;

        json_object_foreach(denied_at(user, place), key, row)
        {
                _cleanup_(freep) char *collector = strndup(key, strcspn(key, " "));
                const struct denied_call d = {
                        .collector = collector,
                        .part = strtoull(strchr(key, ' ') + 1, NULL, 10),
                        .digest = json_member_string(row, "digest"),
                        .cause = json_member_string(row, "cause"),
                        .asked_usec = (uint64_t)json_integer_value(json_object_get(row, "asked")),
                        .due_usec = (uint64_t)json_integer_value(json_object_get(row, "due")),
                        .times = (uint64_t)json_integer_value(json_object_get(row, "times")),
                        .off = json_is_true(json_object_get(row, "off")),
                };

                if (!collector || cb(to, &d) < 0)
                        return error_oom(err);
        }
        return 0;
}

static int on_deny(void *user, const struct place *place, const struct denied_call *d,
                   struct error *err)
{
        _cleanup_(freep) char *key = denied_key(d);
        json_t *row =
                json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "digest", d->digest, "cause", d->cause,
                          "asked", (json_int_t)d->asked_usec, "due", (json_int_t)d->due_usec,
                          "times", (json_int_t)d->times, "off", d->off);

        return key && json_object_set_new(denied_at(user, place), key, row) == 0 ? 0
                                                                                 : error_oom(err);
}

static int on_allow(void *user, const struct place *place, const struct denied_call *d,
                    struct error *err)
{
        _cleanup_(freep) char *key = denied_key(d);

        return key && json_object_del(denied_at(user, place), key) == 0 ? 0 : error_oom(err);
}

static void on_asked(void *user, const struct asked_call *call)
{
        struct scan_run *run = user;

        run->spared += call->spared;
}

/* ---- the scan
 * --------------------------------------------------------------------------------------- */

static void on_progress(void *user, const struct scan_progress *progress)
{
        struct scan_run *run = user;

        run->progress = *progress;
        if (run->cancel_after_calls > 0 && progress->calls >= run->cancel_after_calls)
                (void)sd_event_exit(run->event, 1);
}

static void on_trouble(void *user, const struct scan_trouble *t)
{
        struct scan_run *run = user;

        (void)json_array_append_new(run->troubles,
                                    json_pack("{s:s, s:s?, s:s, s:i}", "account", t->account,
                                              "scope", t->scope, "text", t->text, "code", t->code));
}

static void on_done(void *user, bool complete)
{
        struct scan_run *run = user;

        run->complete = complete;
        run->progress = *scan_progress(run->scan);
        (void)sd_event_exit(run->event, 0);
}

static char *filled_in(const struct cloudsim *sim, const char *text)
{
        const struct {
                const char *word, *value;
        } words[] = {
                { "@CONNECT@", cloudsim_address(sim) },
                { "@CA@", cloudsim_ca_file(sim) },
                { "@HTTP@", cloudsim_http_url(sim) },
        };
        struct buffer b = BUFFER_INIT(64 * 1024);

        while (*text != '\0') {
                size_t plain = strcspn(text, "@"), i;

                buffer_append(&b, text, plain);
                text += plain;
                for (i = 0; i < ELEMENTSOF(words); i++)
                        if (strncmp(text, words[i].word, strlen(words[i].word)) == 0)
                                break;
                if (i < ELEMENTSOF(words)) {
                        buffer_add(&b, words[i].value);
                        text += strlen(words[i].word);
                } else if (*text == '@') {
                        buffer_append(&b, text++, 1);
                }
        }
        return buffer_take(&b);
}

static int config_write(struct config **ret, struct cloudsim *sim, const char *text,
                        struct error *err)
{
        _cleanup_(freep) char *path = NULL, *filled = filled_in(sim, text);
        FILE *f;

        if (asprintf(&path, "%s/vigie.yaml", cloudsim_directory(sim)) < 0 || !filled)
                return error_oom(err);
        f = fopen(path, "we");
        if (!f || fputs(filled, f) < 0 || fclose(f) != 0)
                return error_set(err, -EIO, "cannot write %s", path);
        return config_load(ret, path, err);
}

static bool begins_with_one(const char *id, const char *prefixes)
{
        for (size_t n; *prefixes != '\0'; prefixes += n + strspn(prefixes + n, " ")) {
                n = strcspn(prefixes, " ");
                if (strncmp(id, prefixes, n) == 0)
                        return true;
        }
        return false;
}

static int append_excluded(char **list, size_t *n, const struct service *s, const char *only)
{
        for (size_t i = 0; i < s->n_collectors; i++) {
                const struct collector *c = &s->collectors[i];

                if (c->yields || begins_with_one(c->id, only))
                        continue;
                list[*n] = strdup(c->id);
                if (!list[*n])
                        return -ENOMEM;
                *n += 1;
        }
        return 0;
}

/* As if the configuration named every other collector of the account's provider. */
static int exclude_others(struct config *config, const struct catalogue *catalogue,
                          const char *only, struct error *err)
{
        for (size_t i = 0; only && i < config->n_accounts; i++) {
                struct account_config *a = &config->accounts[i];
                size_t n = 0, most = 1;

                assert_null(a->exclude);
                for (size_t s = 0; s < catalogue->n_services; s++)
                        most += catalogue->services[s]->n_collectors;
                a->exclude = calloc(most, sizeof(*a->exclude));
                for (size_t s = 0; s < catalogue->n_services; s++)
                        if (!a->exclude ||
                            append_excluded(a->exclude, &n, catalogue->services[s], only) < 0)
                                return error_oom(err);
        }
        return 0;
}

static int run_loop(struct scan_run *run, const struct config *config,
                    const struct catalogue *catalogue, struct error *err)
{
        const struct sink sink = { .user = run,
                                   .denied = run->denied ? on_denied : NULL,
                                   .deny = run->denied ? on_deny : NULL,
                                   .allow = run->denied ? on_allow : NULL,
                                   .pass_known = on_pass_known,
                                   .pass_begin = on_pass_begin,
                                   .known = on_known,
                                   .resource = on_resource,
                                   .pass_end = on_pass_end };
        const struct scan_request request = { .event = run->event,
                                              .config = config,
                                              .catalogue = catalogue,
                                              .sink = &sink,
                                              .account = run->account,
                                              .fresh = run->fresh,
                                              .spare_denied = run->spare_denied,
                                              .on_asked = on_asked,
                                              .on_progress = on_progress,
                                              .on_trouble = on_trouble,
                                              .on_done = on_done,
                                              .user = run };
        int r = scan_new(&run->scan, &request, err);

        if (r < 0)
                return r;
        r = sd_event_loop(run->event);
        if (r == 1) /* asked to stop in mid-scan, as Ctrl-C does */
                scan_cancel(run->scan, "interrupted");
        run->scan = scan_free(run->scan);
        return r < 0 ? r : 0;
}

int scan_run(struct scan_run *run, struct cloudsim *sim, const char *config_text)
{
        _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
        _cleanup_(config_freep) struct config *config = NULL;
        struct error err = { 0 };
        int r;

        log_set_max_priority(LOG_WARNING);
        run->resources = json_object();
        run->by_kind = json_object();
        run->coverage = json_object();
        run->troubles = json_array();
        r = sd_event_new(&run->event);
        if (r >= 0)
                r = catalogue_load(&catalogue, "config", run->overrides, &err);
        if (r >= 0)
                r = config_write(&config, sim, config_text, &err);
        if (r >= 0)
                r = exclude_others(config, catalogue, run->only, &err);
        if (r >= 0)
                r = run_loop(run, config, catalogue, &err);
        if (r < 0)
                (void)fprintf(stderr, "scan_run: %s\n", err.text);
        return r < 0 ? r : 0;
}

void scan_run_done(struct scan_run *run)
{
        json_decref(run->resources);
        json_decref(run->by_kind);
        json_decref(run->coverage);
        json_decref(run->troubles);
        run->resources = run->by_kind = run->coverage = run->troubles = NULL;
        run->event = sd_event_unref(run->event);
}

static const json_t *coverage_row(const struct scan_run *run, const char *collector,
                                  const char *region)
{
        size_t length = strlen(collector);
        const char *key;
        json_t *row;

        json_object_foreach(run->coverage, key, row)
        {
                const char *at = strrchr(key, ' ') + 1;

                if (strncmp(key, collector, length) == 0 && key[length] == ' ' &&
                    (region[0] == '\0' || strcmp(at, region) == 0))
                        return row;
        }
        return NULL;
}

const char *scan_run_state(const struct scan_run *run, const char *collector, const char *region)
{
        const char *state = json_member_string(coverage_row(run, collector, region), "state");

        return state ? state : "";
}

const char *scan_run_cause(const struct scan_run *run, const char *collector, const char *region)
{
        const char *cause = json_member_string(coverage_row(run, collector, region), "cause");

        return cause ? cause : "";
}

bool scan_run_partial(const struct scan_run *run, const char *collector, const char *region)
{
        return json_is_true(json_object_get(coverage_row(run, collector, region), "partial"));
}
