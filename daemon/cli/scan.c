#include "daemon/base/log.h"
#include "daemon/base/nearest.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/cli/plan.h"
#include "daemon/cli/progress.h"
#include "daemon/report/language.h"
#include "daemon/report/tally.h"
#include "daemon/report/words.h"
#include "daemon/watch/control.h"
#include "daemon/watch/cycle.h"
#include "daemon/watch/programme-page.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct scan_options {
        struct options common;
        const char *account, *output, *format_name;
        enum report_format format;
        enum severity fail_on;
        bool fresh, plan, daemon;
};

/* The command while it runs. */
struct run {
        struct scan_options options;
        struct setup *setup;
        struct store *store;
        struct progress progress;
        struct cycle_result result;
};

#define ACCOUNT_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

enum { OPTION_FRESH = 1000, OPTION_PLAN, OPTION_DAEMON }; /* no letter */

static const struct argp_option scan_argp_options[] = {
        { "account", 'a', "NAME", 0, N_("only this account of the configuration"), 0 },
        { "format", 'f', "FORMAT", 0,
          N_("table (default), html, json, csv, ocsf, oscal, cyclonedx, sarif, prometheus or "
             "markdown"),
          0 },
        { "output", 'o', "FILE", 0, N_("write there; the file appears whole or not at all"), 0 },
        { "fresh", OPTION_FRESH, NULL, 0,
          N_("ask for all details again, also of what has not changed"), 0 },
        { "plan", OPTION_PLAN, NULL, 0,
          N_("print every call that a scan would make, with permission, budget and cost, and make "
             "none"),
          0 },
        { "daemon", OPTION_DAEMON, NULL, 0,
          N_("have the running daemon scan now, wait for it, and print what it found"), 0 },
        { "fail-on", 'F', "SEVERITY", 0,
          N_("exit with status 3 for findings at or above it: info, low, medium, high (default) or "
             "critical"),
          0 },
        { 0 },
};

/* A plan is no inventory: exchange formats have no form for it. */
static void check_plan(const struct scan_options *o, const struct argp_state *state)
{
        static const char *const formats[] = { "table", "json", "csv", NULL };

        if (o->plan && o->format > REPORT_CSV)
                options_refuse(state, "format", o->format_name, formats);
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const severities[] = {
                "info", "low", "medium", "high", "critical", NULL
        };
        struct scan_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'a':
                o->account = arg;
                return 0;
        case 'f':
                options_format(state, arg, REPORT_SCAN, &o->format);
                o->format_name = arg;
                return 0;
        case 'o':
                o->output = arg;
                return 0;
        case OPTION_FRESH:
                o->fresh = true;
                return 0;
        case OPTION_PLAN:
                o->plan = true;
                return 0;
        case OPTION_DAEMON:
                o->daemon = true;
                return 0;
        case 'F':
                if (severity_from_name(arg, &o->fail_on) < 0)
                        options_refuse(state, "fail-on", arg, severities);
                return 0;
        case ARGP_KEY_END:
                if (o->daemon && (o->fresh || o->plan))
                        argp_error(state, _("--daemon goes with neither --fresh nor --plan"));
                check_plan(o, state);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static void on_progress(void *user, const struct cycle_progress *progress)
{
        struct run *run = user;

        progress_update(&run->progress, progress);
}

static void on_trouble(void *user, const struct scan_trouble *trouble)
{
        struct run *run = user;
        _cleanup_(freep) char *text = terminal_safe(trouble->text);

        progress_clear(&run->progress);
        log_error("%s / %s%s%s: %s", trouble->provider, trouble->account,
                  trouble->scope ? " / " : "", trouble->scope ? trouble->scope : "",
                  text ? text : "");
}

static int check_account(const struct run *run)
{
        const struct config *config = run->setup->config;
        const char *account = run->options.account;
        struct nearest near = NEAREST_TO(account ? account : "");

        if (!account || config_account(config, account))
                return 0;
        for (size_t i = 0; i < config->n_accounts; i++)
                nearest_offer(&near, config->accounts[i].name);
        if (near.best)
                log_error(_("no account '%s' in the configuration; did you mean '%s'?"), account,
                          near.best);
        else
                log_error(_("no account '%s' in the configuration"), account);
        return EXIT_USAGE;
}

static int scan(struct run *run)
{
        struct error err = { 0 };
        const struct cycle_request request = {
                .setup = run->setup,
                .store = run->store,
                .account = run->options.account,
                .fresh = run->options.fresh,
                .on_progress = on_progress,
                .on_trouble = on_trouble,
                .user = run,
        };
        int r = cycle_run(&request, &run->result, &err);

        progress_clear(&run->progress);
        return r < 0 ? options_fail(&err, r == -EINVAL ? -EIO : r) : 0;
}

/* The exit status, and the reason for it where it does not spoil what is written. */
static int conclude(const struct run *run, const struct tally *t, FILE *out)
{
        enum severity fail_on = run->options.fail_on;
        uint64_t n = tally_at_least(t, fail_on), unread = tally_unread(t);
        int status = n > 0                                 ? EXIT_FINDINGS
                     : unread > 0 || !run->result.complete ? EXIT_INCOMPLETE
                                                           : EXIT_CLEAN;

        if (!out)
                return status;
        (void)fputc('\n', out);
        if (run->result.cancelled)
                (void)fprintf(out, "%s\n",
                              _("The scan was interrupted: it is recorded as incomplete."));
        if (n > 0)
                (void)fprintf(out,
                              _("Result: %" PRIu64
                                " findings to be addressed or undetermined, %s or above "
                                "(exit status %d)."),
                              n, words_severity(fail_on), status);
        else if (status == EXIT_INCOMPLETE)
                (void)fprintf(
                        out,
                        _("Result: nothing %s or above in what could be read, but the coverage "
                          "is incomplete (exit status %d)."),
                        words_severity(fail_on), status);
        else
                (void)fprintf(out,
                              _("Result: nothing %s or above, everything could be read "
                                "(exit status %d)."),
                              words_severity(fail_on), status);
        (void)fputc('\n', out);
        return status;
}

static int report(struct run *run, const char *const *accounts)
{
        const struct scan_options *o = &run->options;
        const struct store_filter filter = { 0 };
        struct report_request request = {
                .store = run->store,
                .part = REPORT_SCAN,
                .filter = &filter,
                .accounts = accounts,
                .language = language_current(),
                .verbose = o->common.verbose,
        };
        struct output output = { 0 };
        struct error err = { 0 };
        struct tally tally = { 0 };
        struct programme_page page = { 0 };
        int r, status;

        r = tally_take(&tally, &request, &err);
        if (r < 0)
                return options_fail(&err, -EIO);
        if (o->format == REPORT_HTML) /* what cannot be read for it is told in the page */
                (void)programme_page_take(&page, o->common.config, &request);
        r = output_open(&output, o->output, &err);
        if (r >= 0) {
                request.terminal = terminal_of(output.file, !o->common.no_color);
                r = report_write(&request, o->format, &err);
        }
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        if (r < 0)
                status = options_fail(&err, -EIO);
        else
                status = conclude(run, &tally,
                                  o->common.quiet                           ? NULL
                                  : o->format == REPORT_TABLE && !o->output ? stdout
                                                                            : stderr);
        tally_done(&tally);
        programme_page_done(&page);
        return status;
}

static int plan(const struct run *run)
{
        const struct plan_options options = {
                .common = &run->options.common,
                .setup = run->setup,
                .account = run->options.account,
                .output = run->options.output,
                .format = run->options.format,
        };

        return plan_print(&options);
}

/* ---- by the daemon -----------------------------------------------------------------------------
 */

/* Names of the configuration need no escaping; another finds no account. */
static int ask_for_scan(const struct run *run, json_t **ret, struct error *err)
{
        const char *account = run->options.account;
        _cleanup_(freep) char *target = NULL;

        if (account && account[strspn(account, ACCOUNT_LETTERS)] != '\0')
                return error_set(err, -ENOENT, _("no account '%s' in the configuration"), account);
        if (asprintf(&target, "/scan%s%s", account ? "?account=" : "", account ? account : "") <
            0) {
                target = NULL;
                return error_oom(err);
        }
        return control_ask(run->options.common.state, "POST", target, 0, ret, err);
}

static const char **reply_accounts(const json_t *reply)
{
        const json_t *list = json_object_get(reply, "accounts"), *name;
        const char **names = calloc(json_array_size(list) + 1, sizeof(*names));
        size_t i;

        json_array_foreach(list, i, name) if (names) names[i] = json_string_value(name);
        return names;
}

static int run_by_daemon(struct run *run)
{
        json_auto_t *reply = NULL;
        _cleanup_(freep) const char **names = NULL;
        struct error err = { 0 };
        const char *failure;
        int r, status;

        r = ask_for_scan(run, &reply, &err);
        if (r < 0)
                return options_fail(&err, r == -ENOENT ? -EINVAL : r);
        failure = json_string_value(json_object_get(reply, "error"));
        if (failure) {
                log_error(_("the daemon could not carry out the scan: %s"), failure);
                return EXIT_NOT_RUN;
        }
        run->result.complete = json_is_true(json_object_get(reply, "complete"));
        run->result.cancelled = json_is_true(json_object_get(reply, "cancelled"));
        status = options_open_store(&run->options.common, &run->store);
        if (status != 0)
                return status;
        names = reply_accounts(reply);
        return names ? report(run, names) : EXIT_NOT_RUN;
}

static int run_scan(struct run *run)
{
        _cleanup_(freep) const char **names = NULL;
        const char *const one[] = { run->options.account, NULL };
        struct error err = { 0 };
        int r, status;

        r = setup_load(&run->setup, run->options.common.config, &err);
        if (r < 0)
                return options_fail(&err, r);
        status = check_account(run);
        if (status != 0)
                return status;
        if (run->options.plan)
                return plan(run);
        r = store_open(&run->store, run->options.common.state, false, &err);
        if (r < 0)
                return options_fail(&err, r == -EINVAL ? -EIO : r);
        status = scan(run);
        if (status != 0)
                return status;
        names = config_account_names(run->setup->config);
        if (!names)
                return EXIT_NOT_RUN;
        return report(run, run->options.account ? one : names);
}

int cli_scan(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        _cleanup_(freep) char *doc = options_doc(
                _("Scans every account once, without the daemon, and prints what was found."),
                _("Exit status: 0 nothing at or above --fail-on; 1 could not run; 2 command line "
                  "or configuration; 3 findings at or above it; 4 none, but something could not be "
                  "read."));
        const struct argp argp = {
                .options = scan_argp_options,
                .parser = on_option,
                .doc = doc,
                .children = children,
        };
        struct run run = { .options = { .fail_on = SEVERITY_HIGH } };
        int status = options_parse(&argp, argc, argv, &run.options, &run.options.common);

        if (status == 0) {
                run.progress = progress_new(run.options.common.quiet);
                status = run.options.daemon ? run_by_daemon(&run) : run_scan(&run);
        }
        store_close(run.store);
        setup_free(run.setup);
        options_done(&run.options.common);
        return status;
}
