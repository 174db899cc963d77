/* resources, findings, coverage, and the report of all three: the same filters over what is known.
 */
#include "daemon/base/clock.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/report/language.h"
#include "daemon/report/pack.h"
#include "daemon/watch/programme-page.h"
#include "daemon/watch/registers.h"

#include <string.h>

struct query_options {
        struct options common;
        enum report_part part;
        struct store_filter filter;
        enum report_format format;
        bool format_chosen;
        const char *output;
        bool pack; /* for customers, instead of all that is known */
};

enum {
        KEY_ALL = 0x2000,
        KEY_RULE,
        KEY_VERDICT,
        KEY_SEVERITY,
        KEY_TYPE,
        KEY_AREA,
        KEY_LANG,
        KEY_PACK,
};

#define PLACE_OPTIONS                                                                              \
        { "provider", 'p', "NAME", 0, N_("only of this provider"), 0 },                            \
                { "account", 'a', "NAME", 0, N_("only of this account of the configuration"), 0 }, \
                { "scope", 's', "ID", 0, N_("only in this cloud account or project"), 0 },         \
        {                                                                                          \
                "region", 'r', "CODE", 0, N_("only in this region"), 0                             \
        }

#define OUTPUT_OPTIONS(formats)                                                                      \
        { "format", 'f', "FORMAT", 0, formats, 0 },                                                  \
                { "output", 'o', "FILE", 0, N_("write there; the file appears whole or not at all"), \
                  0 },                                                                               \
        {                                                                                            \
                0                                                                                    \
        }

static const struct argp_option resources_options[] = {
        PLACE_OPTIONS,
        { "kind", 'k', "COLLECTOR", 0, N_("only what this collector lists"), 0 },
        { "type", KEY_TYPE, "TYPE", 0, N_("only this service type: mlaas, foundation-model…"), 0 },
        { "area", KEY_AREA, "AREA", 0, N_("only in this area: eu, eea, adequate, other, unknown"),
          0 },
        { "text", 't', "TEXT", 0, N_("only with this text in id, name or kind"), 0 },
        { "all", KEY_ALL, NULL, 0, N_("what is gone too"), 0 },
        OUTPUT_OPTIONS(
                N_("table (default), json, csv, ocsf, oscal, cyclonedx, prometheus or markdown")),
};

static const struct argp_option findings_options[] = {
        PLACE_OPTIONS,
        { "kind", 'k', "COLLECTOR", 0, N_("only on what this collector lists"), 0 },
        { "type", KEY_TYPE, "TYPE", 0, N_("only on this service type: mlaas, foundation-model…"),
          0 },
        { "area", KEY_AREA, "AREA", 0, N_("only in this area: eu, eea, adequate, other, unknown"),
          0 },
        { "rule", KEY_RULE, "ID", 0, N_("only of this rule"), 0 },
        { "verdict", KEY_VERDICT, "VERDICT", 0, N_("only fail, unknown, pass or waived"), 0 },
        { "severity", KEY_SEVERITY, "SEVERITY", 0, N_("only at or above it"), 0 },
        { "text", 't', "TEXT", 0, N_("only with this text in id, name or kind"), 0 },
        { "all", KEY_ALL, NULL, 0, N_("what is met and what is closed too"), 0 },
        OUTPUT_OPTIONS(
                N_("table (default), json, csv, ocsf, oscal, sarif, prometheus or markdown")),
};

static const struct argp_option coverage_options[] = {
        PLACE_OPTIONS,
        { "kind", 'k', "COLLECTOR", 0, N_("only of this collector"), 0 },
        { "all", KEY_ALL, NULL, 0, N_("what could be read too"), 0 },
        OUTPUT_OPTIONS(N_("table (default), json, csv, ocsf, oscal, prometheus or markdown")),
};

static const struct argp_option report_options[] = {
        PLACE_OPTIONS,
        { "pack", KEY_PACK, "NAME", 0,
          N_("client: what a hoster may hand to its own customers, without anything internal; "
             "markdown, html or json"),
          0 },
        { "lang", KEY_LANG, "LANG", 0, N_("en or fr (default: as the locale says)"), 0 },
        OUTPUT_OPTIONS(
                N_("table (default), html, json, csv, ocsf, oscal, cyclonedx, sarif, prometheus or "
                   "markdown, and html by itself for a --output that ends with .html")),
};

static void set_verdict(struct query_options *o, char *arg, struct argp_state *state)
{
        static const char *const verdicts[] = { "fail", "unknown", "pass", "waived", NULL };
        enum verdict verdict;

        if (verdict_from_name(arg, &verdict) < 0 || verdict == VERDICT_NA)
                options_refuse(state, "verdict", arg, verdicts);
        o->filter.verdict = arg;
        if (verdict == VERDICT_PASS) /* asked for by name: they are not among the open ones */
                o->filter.all = true;
}

static void set_severity(struct query_options *o, char *arg, struct argp_state *state)
{
        static const char *const severities[] = {
                "info", "low", "medium", "high", "critical", NULL
        };
        enum severity severity;

        if (severity_from_name(arg, &severity) < 0)
                options_refuse(state, "severity", arg, severities);
        o->filter.min_severity = arg;
}

static void set_language(const char *arg, struct argp_state *state)
{
        static const char *const languages[] = { "en", "fr", NULL };

        if (language_choose(arg) < 0)
                options_refuse(state, "lang", arg, languages);
}

/* A page for people, when nothing else is said and the file's name says so. */
static enum report_format format_of(const struct query_options *o)
{
        const char *dot = o->output ? strrchr(o->output, '.') : NULL;
        bool page = dot && (strcmp(dot, ".html") == 0 || strcmp(dot, ".htm") == 0);

        return page && !o->format_chosen && report_format_has(REPORT_HTML, o->part) ? REPORT_HTML
                                                                                    : o->format;
}

static bool pack_has(enum report_format format)
{
        return format == REPORT_TABLE || format == REPORT_MARKDOWN || format == REPORT_HTML ||
               format == REPORT_JSON;
}

/* The filters that take any text. */
static const char **text_filter(struct query_options *o, int key)
{
        switch (key) {
        case 'p':
                return &o->filter.provider;
        case 'a':
                return &o->filter.account;
        case 's':
                return &o->filter.scope;
        case 'r':
                return &o->filter.region;
        case 'k':
                return &o->filter.kind;
        case 't':
                return &o->filter.text;
        case 'o':
                return &o->output;
        case KEY_TYPE:
                return &o->filter.service_type;
        case KEY_AREA:
                return &o->filter.area;
        case KEY_RULE:
                return &o->filter.rule;
        default:
                return NULL;
        }
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const packs[] = { "client", NULL };
        struct query_options *o = state->input;
        const char **text = text_filter(o, key);

        if (text) {
                *text = arg;
                return 0;
        }
        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'f':
                options_format(state, arg, o->part, &o->format);
                o->format_chosen = true;
                return 0;
        case KEY_LANG:
                set_language(arg, state);
                return 0;
        case KEY_PACK:
                if (strcmp(arg, packs[0]) != 0)
                        options_refuse(state, "pack", arg, packs);
                o->pack = true;
                return 0;
        case ARGP_KEY_END:
                if (o->pack && !pack_has(o->format))
                        argp_error(state, _("a pack is markdown, html or json"));
                return 0;
        case KEY_VERDICT:
                set_verdict(o, arg, state);
                return 0;
        case KEY_SEVERITY:
                set_severity(o, arg, state);
                return 0;
        case KEY_ALL:
                o->filter.all = true;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int write_pack(const struct query_options *o, const struct report_request *report,
                      struct error *err)
{
        json_auto_t *registers = NULL;
        enum report_format format = format_of(o);
        struct pack_request pack = { .report = report,
                                     .format = format == REPORT_JSON   ? PACK_JSON
                                               : format == REPORT_HTML ? PACK_HTML
                                                                       : PACK_MARKDOWN };
        int r = registers_read(&registers, o->common.config, clock_realtime_usec(), err);

        pack.registers = registers;
        return r < 0 ? r : pack_write(&pack, err);
}

/* A configuration that was named has to be right; what the default one lacks is told in the page.
 * The page is of one moment, whatever a daemon writes meanwhile. */
static int write_page(const struct query_options *o, struct report_request *request,
                      struct error *err)
{
        struct programme_page page;
        int r = store_read_begin(request->store, err);

        if (r < 0)
                return r;
        r = programme_page_take(&page, o->common.config, request);
        if (r < 0 && o->common.config)
                r = error_set(err, r, "%s", page.error.text);
        else
                r = report_write(request, REPORT_HTML, err);
        programme_page_done(&page);
        store_read_end(request->store);
        return r;
}

static int write_as(const struct query_options *o, struct report_request *request,
                    struct error *err)
{
        if (o->pack)
                return write_pack(o, request, err);
        return format_of(o) == REPORT_HTML ? write_page(o, request, err)
                                           : report_write(request, format_of(o), err);
}

static int write_query(const struct query_options *o, struct store *store)
{
        struct report_request request = {
                .store = store,
                .part = o->part,
                .filter = &o->filter,
                .language = language_current(),
                .verbose = true,
        };
        struct output output = { 0 };
        struct error err = { 0 };
        int r = output_open(&output, o->output, &err);

        if (r >= 0) {
                request.terminal = terminal_of(output.file, !o->common.no_color);
                r = write_as(o, &request, &err);
        }
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        return r < 0 ? options_fail(&err, r == -EINVAL ? r : -EIO) : EXIT_CLEAN;
}

static int query(enum report_part part, const struct argp *argp, int argc, char **argv)
{
        struct query_options o = { .part = part };
        struct store *store = NULL;
        int status = options_parse(argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = options_open_store(&o.common, &store);
        if (status == 0)
                status = write_query(&o, store);
        store_close(store);
        options_done(&o.common);
        return status;
}

static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };

int cli_resources(int argc, char **argv)
{
        static const struct argp argp = {
                .options = resources_options,
                .parser = on_option,
                .doc = N_("Lists what is deployed, as the last scans saw it."),
                .children = children,
        };

        return query(REPORT_RESOURCES, &argp, argc, argv);
}

int cli_findings(int argc, char **argv)
{
        static const struct argp argp = {
                .options = findings_options,
                .parser = on_option,
                .doc = N_("Lists what is to be addressed, and what could not be determined."),
                .children = children,
        };

        return query(REPORT_FINDINGS, &argp, argc, argv);
}

int cli_coverage(int argc, char **argv)
{
        static const struct argp argp = {
                .options = coverage_options,
                .parser = on_option,
                .doc = N_("Lists what could not be read, since when, and why."),
                .children = children,
        };

        return query(REPORT_COVERAGE, &argp, argc, argv);
}

int cli_report(int argc, char **argv)
{
        static const struct argp argp = {
                .options = report_options,
                .parser = on_option,
                .doc = N_("Writes what the last scans saw, all of it, without scanning."),
                .children = children,
        };

        return query(REPORT_SCAN, &argp, argc, argv);
}
