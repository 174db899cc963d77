#include "daemon/watch/check.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"
#include "providers/provider.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* "ok  what: detail" */
static void put(const struct terminal *t, bool ok, const char *what, const char *detail)
{
        (void)fputs("  ", t->out);
        terminal_put(t, ok ? STYLE_GREEN : STYLE_RED, ok ? _("ok") : _("NOT OK"));
        (void)fprintf(t->out, "  %s: ", what);
        terminal_fold(t, 12, 8, detail);
}

static void advise(const struct terminal *t, const char *advice)
{
        (void)fputs("        → ", t->out);
        terminal_fold(t, 10, 10, advice);
}

static void put_setup(const struct terminal *t, const struct setup *setup)
{
        json_auto_t *rules = judge_rules(setup->judge);
        size_t n_collectors = 0;
        char text[256];

        put(t, true, _("configuration"),
            setup->config->file ? setup->config->file
                                : _("none; credentials that were found are used"));
        for (size_t i = 0; i < setup->catalogue->n_services; i++)
                n_collectors += setup->catalogue->services[i]->n_collectors;
        (void)snprintf(text, sizeof(text), _("%zu services, %zu collectors, from %s"),
                       setup->catalogue->n_services, n_collectors, setup->data_dir);
        put(t, true, _("catalogue"), text);
        (void)snprintf(text, sizeof(text), _("%zu, digest %.16s"), json_array_size(rules),
                       judge_digest(setup->judge));
        put(t, true, _("rules"), text);
}

/* Old data is no fault of this machine: it is told, and verdicts that rest on it say so. */
static void put_old_rows(const struct terminal *t, const struct setup *setup)
{
        json_auto_t *rows = judge_old_rows(setup->judge, clock_realtime_usec());
        const json_t *row;
        char text[512];
        size_t i;

        json_array_foreach(rows, i, row)
        {
                (void)snprintf(text, sizeof(text), _("%s:%lld:%lld: %s is of %s"),
                               json_member_string(row, "file"),
                               (long long)json_integer_value(json_object_get(row, "line")),
                               (long long)json_integer_value(json_object_get(row, "column")),
                               json_member_string(row, "what"), json_member_string(row, "as_of"));
                (void)fputs("  ", t->out);
                terminal_put(t, STYLE_YELLOW, _("OLD"));
                (void)fprintf(t->out, "  %s: ", _("jurisdictions"));
                terminal_fold(t, 12, 8, text);
        }
        if (json_array_size(rows) > 0)
                advise(t, _("more than twelve months old: check the row again and date it, in a "
                            "copy below jurisdictions/ beside the configuration"));
}

/* "SOON  waivers: waivers/2026.yaml:3:5: D-2026-014 (Legal) ends on 2026-12-05" */
static void put_ending(const struct terminal *t, const char *what, const json_t *row)
{
        const char *id = json_member_string(row, "id");
        const char *state = json_member_string(row, "state");
        const char *until = json_member_string(row, "until");
        bool ended = strcmp(state, "ended") == 0;
        char text[1024];

        if (!ended && strcmp(state, "ending") != 0)
                return;
        (void)snprintf(text, sizeof(text),
                       ended ? _("%s:%lld:%lld: %s%s(%s) ended on %s")
                             : _("%s:%lld:%lld: %s%s(%s) ends on %s"),
                       json_member_string(row, "file"),
                       (long long)json_integer_value(json_object_get(row, "line")),
                       (long long)json_integer_value(json_object_get(row, "column")), id ? id : "",
                       id ? " " : "", json_member_string(row, "owner"), until ? until : "-");
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_YELLOW, ended ? _("ENDED") : _("SOON"));
        (void)fprintf(t->out, "  %s: ", what);
        terminal_fold(t, 12, 8, text);
}

/* That one ends is no fault: it is told, since somebody has to decide anew. */
static void put_terms(const struct terminal *t, const struct setup *setup)
{
        uint64_t now_usec = clock_realtime_usec();
        json_auto_t *declarations = judge_declarations(setup->judge, now_usec);
        json_auto_t *waivers = judge_waivers(setup->judge, now_usec);
        char text[64];
        json_t *row;
        size_t i;

        if (json_array_size(declarations) > 0) {
                (void)snprintf(text, sizeof(text), "%zu", json_array_size(declarations));
                put(t, true, _("declarations"), text);
        }
        json_array_foreach(declarations, i, row) put_ending(t, _("declarations"), row);
        if (json_array_size(waivers) > 0) {
                (void)snprintf(text, sizeof(text), "%zu", json_array_size(waivers));
                put(t, true, _("waivers"), text);
        }
        json_array_foreach(waivers, i, row) put_ending(t, _("waivers"), row);
}

/* Entries that ended count for nothing, and findings say so: told, but no fault of this machine. */
static void put_registers(const struct terminal *t, const struct setup *setup)
{
        json_auto_t *rows = judge_registers_json(setup->judge, clock_realtime_usec());
        const json_t *row;
        char text[512];
        size_t i;

        if (json_array_size(rows) == 0)
                return;
        (void)snprintf(text, sizeof(text), "%zu", json_array_size(rows));
        put(t, true, _("registers"), text);
        json_array_foreach(rows, i, row)
        {
                const char *state = json_member_string(row, "state");

                if (strcmp(state, "expired") != 0 && strcmp(state, "review-missed") != 0)
                        continue;
                (void)snprintf(text, sizeof(text), _("%s:%lld:%lld: %s%s(%s) ended on %s"),
                               json_member_string(row, "file"),
                               (long long)json_integer_value(json_object_get(row, "line")),
                               (long long)json_integer_value(json_object_get(row, "column")),
                               json_member_string(row, "id"), " ", json_member_string(row, "owner"),
                               json_member_string(row, "until"));
                (void)fputs("  ", t->out);
                terminal_put(t, STYLE_YELLOW, _("ENDED"));
                (void)fprintf(t->out, "  %s: ", _("registers"));
                terminal_fold(t, 12, 8, text);
        }
}

static bool put_credentials(const struct terminal *t, const struct check_account *a)
{
        char when[CLOCK_TEXT_MAX], text[64];

        put(t, a->credential_source != NULL, _("credentials"),
            a->credential_source ? a->credential_source
            : a->trouble         ? a->trouble
                                 : "-");
        if (a->credential_source)
                put(t, !a->trouble, _("sign-in"), a->trouble ? a->trouble : _("accepted"));
        if (a->expires_usec > 0) {
                (void)snprintf(text, sizeof(text), "%s",
                               clock_format_rfc3339(a->expires_usec, when));
                put(t, true, _("valid until"), text);
        }
        if (a->trouble)
                advise(t, _("mend the credentials, or the account's entry in the configuration; "
                            "the other accounts are scanned all the same"));
        return !a->trouble;
}

/* One line for each member that does not work, or is switched off. */
static void put_scopes(const struct terminal *t, const struct check_account *a)
{
        bool refused = false;

        for (size_t i = 0; i < a->n_scopes; i++) {
                put(t, a->scopes[i].off, a->scopes[i].id, a->scopes[i].text);
                refused = refused || !a->scopes[i].off;
        }
        if (refused && !a->trouble)
                advise(t, _("grant the permission that is named, let the role be assumed there, or "
                            "set regions and scopes in the configuration"));
}

static bool put_account(const struct terminal *t, const struct check_account *a)
{
        char text[512];
        bool ok;

        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, a->config->name);
        (void)fprintf(t->out, " (%s)\n", a->config->provider->title);
        ok = put_credentials(t, a);
        if (a->answered > 0) {
                (void)snprintf(text, sizeof(text), _("%" PRIu64 " lists read"), a->answered);
                put(t, true, _("discovery"), text);
        }
        if (a->unread > 0 && !a->trouble) {   /* else it only repeats the trouble */
                bool named = a->n_scopes > 0; /* each has its line below */

                (void)snprintf(text, sizeof(text), _("%" PRIu64 " lists could not be read: %s"),
                               a->unread, named || !a->cause ? "…" : a->cause);
                put(t, false, _("discovery"), text);
                if (!named)
                        advise(t, _("grant the permission that is named, or set regions and scopes "
                                    "in the configuration"));
        }
        put_scopes(t, a);
        return ok && a->unread == 0;
}

static int run_check(const struct options *o)
{
        const struct terminal t = terminal_of(stdout, !o->no_color);
        _cleanup_(setup_freep) struct setup *setup = NULL;
        struct check check = { 0 };
        struct error err = { 0 };
        bool ok = true;
        int r = setup_load(&setup, o->config, &err);

        if (r < 0)
                return options_fail(&err, r);
        put_setup(&t, setup);
        put_old_rows(&t, setup);
        put_terms(&t, setup);
        put_registers(&t, setup);
        r = check_run(&check, setup, &err);
        if (r < 0)
                return options_fail(&err, r);
        for (size_t i = 0; i < check.n_accounts; i++)
                ok = put_account(&t, &check.accounts[i]) && ok;
        check_done(&check);
        (void)fprintf(t.out, "\n%s\n", ok ? _("Everything works.") : _("Not everything works."));
        return ok ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

int cli_check(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        _cleanup_(freep) char *doc = options_doc(
                _("Says what works, what does not, and what to do: configuration, catalogue, "
                  "rules, and for each account its credentials, signing in and discovery."),
                _("Exit status: 0 all works; 1 could not run; 2 command line, configuration, "
                  "catalogue or rules; 4 something does not work."));
        const struct argp argp = {
                .parser = on_option,
                .doc = doc,
                .children = children,
        };
        struct options o = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o);

        if (status == 0)
                status = run_check(&o);
        options_done(&o);
        return status;
}
