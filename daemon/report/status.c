#include "daemon/report/status.h"

#include "daemon/base/version.h"
#include "daemon/report/language.h"
#include "daemon/report/stream.h"
#include "daemon/report/summary.h"
#include "daemon/report/waivers.h"

#include <errno.h>
#include <string.h>

static json_t *counts(const uint64_t *values, size_t n, const char *(*name)(int index))
{
        json_t *row = json_object();

        for (size_t i = 0; i < n; i++)
                (void)json_object_set_new(row, name((int)i), json_integer((json_int_t)values[i]));
        return row;
}

static const char *severity_at(int index)
{
        return severity_name((enum severity)index);
}

static const char *coverage_at(int index)
{
        return coverage_state_name((enum coverage_state)index);
}

static json_t *scan_row(const struct store_summary *s)
{
        json_t *row = json_object();

        if (!s->scan_id) {
                json_decref(row);
                return json_null();
        }
        (void)json_object_set_new(row, "id", json_stream_text(s->scan_id));
        (void)json_object_set_new(row, "started", json_stream_text(s->started));
        (void)json_object_set_new(row, "finished", json_stream_text(s->finished));
        (void)json_object_set_new(row, "complete", json_boolean(report_is_complete(s)));
        (void)json_object_set_new(row, "calls", json_integer((json_int_t)s->calls));
        (void)json_object_set_new(row, "duration_ms",
                                  json_integer((json_int_t)(s->duration_usec / 1000)));
        return row;
}

static int write_json(const struct report_request *request, const json_t *daemon, struct error *err)
{
        static const enum verdict shown[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_PASS,
                                              VERDICT_WAIVED };
        struct json_stream stream = JSON_STREAM_TO(request->terminal.out);
        struct store_summary s = { 0 };
        json_t *findings = json_object(), *waivers = NULL;
        int r = store_summarise(request->store, &s, err);

        if (r >= 0)
                r = store_waivers_known(request->store, &waivers, err);

        if (r < 0) {
                json_decref(findings);
                return r;
        }
        for (size_t i = 0; i < ELEMENTSOF(shown); i++)
                (void)json_object_set_new(findings, verdict_name(shown[i]),
                                          counts(s.findings[shown[i]], SEVERITY_MAX, severity_at));
        json_stream_member_take(&stream, "vigie", json_string(VIGIE_VERSION));
        json_stream_member_take(&stream, "scan", scan_row(&s));
        json_stream_member_take(&stream, "resources",
                                json_pack("{s:I, s:I, s:I}", "present", (json_int_t)s.resources,
                                          "stale", (json_int_t)s.stale, "evidence",
                                          (json_int_t)s.evidence_records));
        json_stream_member_take(&stream, "findings", findings);
        json_stream_member_take(&stream, "coverage",
                                counts(s.coverage, COVERAGE_STATE_MAX, coverage_at));
        json_stream_member_take(&stream, "waivers", waivers);
        json_stream_member_take(&stream, "daemon", daemon ? json_deep_copy(daemon) : json_null());
        return json_stream_end(&stream, err);
}

static const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "";
}

static void print_daemon(FILE *out, const json_t *daemon)
{
        _cleanup_(freep) char *last =
                terminal_safe(text_of(json_object_get(daemon, "last"), "text"));

        if (!daemon) {
                (void)fprintf(out, "%s\n", _("No daemon keeps watch here."));
                return;
        }
        if (strcmp(text_of(daemon, "state"), "scanning") == 0)
                (void)fprintf(out, _("The daemon (process %lld) is scanning"),
                              (long long)json_integer_value(json_object_get(daemon, "pid")));
        else
                (void)fprintf(out, _("The daemon (process %lld) keeps watch, next scan at %s"),
                              (long long)json_integer_value(json_object_get(daemon, "pid")),
                              text_of(daemon, "next"));
        (void)fprintf(out, "%s%s\n", last && *last ? "; " : "", last ? last : "");
}

static int write_table(const struct report_request *request, const json_t *daemon,
                       struct error *err)
{
        struct tally t;
        int r;

        print_daemon(request->terminal.out, daemon);
        r = summary_print_scan(request, err);

        if (r < 0)
                return r;
        r = tally_take(&t, request, err);
        if (r < 0)
                return r;
        r = summary_print_resources(request, &t, err);
        if (r >= 0)
                r = summary_print_coverage(request, &t, err);
        if (r >= 0)
                summary_print_verdicts(request, &t);
        if (r >= 0)
                r = waivers_print(request, true, err);
        tally_done(&t);
        return r;
}

int status_write(const struct report_request *request, const json_t *daemon,
                 enum report_format format, struct error *err)
{
        FILE *out = request->terminal.out;
        int r = format == REPORT_JSON ? write_json(request, daemon, err)
                                      : write_table(request, daemon, err);

        if (r >= 0 && (fflush(out) != 0 || ferror(out)))
                r = error_set(err, -EIO, "standard output: %s", strerror(EIO));
        return r;
}
