#include "tests/cloudsim/faults.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <time.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"

static const char *const match_keys[] = { "provider", "account", "region", "service", "operation",
                                          "page",     "nth",     "times",  "param",   NULL };
static const char *const do_keys[] = {
        "latency_ms",
        "status",
        "code",
        "message",
        "retry_after",
        "retry_after_date",
        "reset",
        "truncate",
        "garbage",
        "html",
        "endless_token",
        "repeat_token",
        "denied",
        "region_off",
        "api_off",
        "expire_token",
        "clock_skew_seconds",
        "oversize_bytes",
        "foreign_link",
        "empty_page",
        NULL,
};

static int check_members(const json_t *object, const char *const *known, const char *what,
                         struct error *err)
{
        const char *key;
        json_t *value;

        if (object && !json_is_object(object))
                return error_set(err, -EINVAL, "faults: %s must be a mapping", what);
        json_object_foreach((json_t *)object, key, value)
        {
                const char *const *k = known;

                while (*k && strcmp(*k, key) != 0)
                        k++;
                if (!*k)
                        return error_set(err, -EINVAL, "faults: unknown key \"%s\" in %s", key,
                                         what);
        }
        return 0;
}

int faults_check(const json_t *list, struct error *err)
{
        size_t i;
        json_t *fault;
        int r = 0;

        if (list && !json_is_array(list))
                return error_set(err, -EINVAL, "faults: must be a list");
        json_array_foreach(list, i, fault)
        {
                static const char *const keys[] = { "match", "do", NULL };

                r = check_members(fault, keys, "a fault", err);
                if (r == 0)
                        r = check_members(json_object_get(fault, "match"), match_keys, "match",
                                          err);
                if (r == 0)
                        r = check_members(json_object_get(fault, "do"), do_keys, "do", err);
                if (r == 0 && !json_object_get(fault, "do"))
                        r = error_set(err, -EINVAL, "faults: a fault without \"do\"");
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool text_matches(const json_t *match, const char *key, const char *value)
{
        const char *pattern = json_member_string(match, key);

        return !pattern || fnmatch(pattern, value, FNM_CASEFOLD) == 0;
}

/* "param": {"EndpointName": "x"}: the call is about this thing. */
static bool params_match(const struct request *q, json_t *wanted)
{
        const char *name;
        json_t *value;
        char text[64];

        json_object_foreach(wanted, name, value)
        {
                const char *is = request_param(q, name, text);

                if (!is || !json_is_string(value) || fnmatch(json_string_value(value), is, 0) != 0)
                        return false;
        }
        return true;
}

/* Counts the calls that match; nth is the first that is struck, times how many are. */
static bool strikes(const struct request *q, json_t *fault)
{
        json_t *match = json_object_get(fault, "match");
        json_int_t page = json_integer_value(json_object_get(match, "page"));
        json_int_t nth = json_integer_value(json_object_get(match, "nth"));
        json_int_t times = json_integer_value(json_object_get(match, "times"));
        json_int_t seen = json_integer_value(json_object_get(fault, "seen")) + 1;

        if (!text_matches(match, "provider", q->provider) ||
            !text_matches(match, "account", q->account) ||
            !text_matches(match, "region", q->region) ||
            !text_matches(match, "service", q->service) ||
            !text_matches(match, "operation", q->operation) ||
            !params_match(q, json_object_get(match, "param")) ||
            (page > 0 && page != (json_int_t)q->page))
                return false;
        (void)json_object_set_new(fault, "seen", json_integer(seen));
        if (nth == 0)
                nth = 1;
        return seen >= nth && (times == 0 || seen < nth + times);
}

static uint64_t number_of(const json_t *object, const char *key)
{
        json_int_t n = json_integer_value(json_object_get(object, key));

        return n > 0 ? (uint64_t)n : 0;
}

static void collect_denial(struct effects *e, const json_t *denied)
{
        if (!denied || json_is_false(denied))
                return;
        e->denied = true;
        if (!json_is_string(denied))
                return;
        if (strcmp(json_string_value(denied), "scp") == 0)
                e->message = "with an explicit deny in a service control policy";
        else if (strcmp(json_string_value(denied), "empty") == 0)
                e->message = "";
}

static void collect(struct request *q, const json_t *what)
{
        struct effects *e = &q->effects;
        const char *text;

        e->delay_usec += number_of(what, "latency_ms") * USEC_PER_MSEC;
        e->skew_usec += (int64_t)json_integer_value(json_object_get(what, "clock_skew_seconds")) *
                        (int64_t)USEC_PER_SEC;
        if (json_object_get(what, "status"))
                e->status = (unsigned)number_of(what, "status");
        text = json_member_string(what, "code");
        e->code = text ? text : e->code;
        text = json_member_string(what, "message");
        e->message = text ? text : e->message;
        if (json_object_get(what, "oversize_bytes"))
                e->oversize_bytes = number_of(what, "oversize_bytes");
        e->reset |= json_is_true(json_object_get(what, "reset"));
        e->truncate |= json_is_true(json_object_get(what, "truncate"));
        e->garbage |= json_is_true(json_object_get(what, "garbage"));
        e->html |= json_is_true(json_object_get(what, "html"));
        e->endless_token |= json_is_true(json_object_get(what, "endless_token"));
        e->repeat_token |= json_is_true(json_object_get(what, "repeat_token"));
        e->region_off |= json_is_true(json_object_get(what, "region_off"));
        e->api_off |= json_is_true(json_object_get(what, "api_off"));
        e->foreign_link |= json_is_true(json_object_get(what, "foreign_link"));
        e->empty_page |= json_is_true(json_object_get(what, "empty_page"));
        e->expire |= json_is_true(json_object_get(what, "expire_token"));
        collect_denial(e, json_object_get(what, "denied"));
}

static void add_retry_after(struct request *q, const json_t *what)
{
        uint64_t in = number_of(what, "retry_after_date");
        time_t when = (time_t)(sim_now_usec(q->sim) / USEC_PER_SEC + in);
        struct tm tm;
        char text[64];

        if (json_object_get(what, "retry_after"))
                reply_header(&q->reply, "Retry-After", "%llu",
                             (unsigned long long)number_of(what, "retry_after"));
        if (!json_object_get(what, "retry_after_date") || !gmtime_r(&when, &tm))
                return;
        (void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        reply_header(&q->reply, "Retry-After", "%s", text);
}

void faults_match(struct request *q)
{
        size_t i;
        json_t *fault;

        q->identified = true;
        json_array_foreach(q->sim->faults, i, fault)
        {
                if (!strikes(q, fault))
                        continue;
                collect(q, json_object_get(fault, "do"));
                add_retry_after(q, json_object_get(fault, "do"));
        }
        if (q->effects.expire && *q->access_key)
                (void)json_object_set_new(q->sim->expired, q->access_key, json_true());
}

bool faults_answer(struct request *q, faults_error_fn *error)
{
        const struct effects *e = &q->effects;

        if (e->status) {
                error(q, e->status, e->code, e->message);
                return true;
        }
        if (e->code) {
                error(q, 400, e->code, e->message);
                return true;
        }
        return false;
}

void faults_spoil(struct request *q)
{
        const struct effects *e = &q->effects;
        static const char block[] =
                "                                                                ";

        if (e->html)
                reply_text(q, 200, "text/html",
                           "<!DOCTYPE html><html><head><title>Sign in</title></head>"
                           "<body><h1>Corporate proxy</h1></body></html>");
        if (e->garbage)
                reply_text(q, 200, "application/json", "{\"Endpoints\": [{\"EndpointName\": ]]");
        while (q->reply.body.size_bytes < e->oversize_bytes && !buffer_error(&q->reply.body))
                buffer_add(&q->reply.body, block);
}
