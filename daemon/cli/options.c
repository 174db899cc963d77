#include "daemon/cli/options.h"

#include "daemon/base/log.h"
#include "daemon/base/nearest.h"
#include "daemon/cli/command.h"
#include "daemon/report/language.h"
#include "daemon/watch/paths.h"

#include <errno.h>
#include <string.h>

/* argp looks for its own words in the program's translations; they are taken from here. */
static const char *const argp_words[] __attribute__((unused)) = {
        N_("Usage:"),
        N_("  or: "),
        N_(" [OPTION...]"),
        N_("Give this help list"),
        N_("Give a short usage message"),
        N_("Print program version"),
        N_("Mandatory or optional arguments to long options are also mandatory or "
           "optional for any corresponding short options."),
        N_("Try `%s --help' or `%s --usage' for more information.\n"),
};

enum { KEY_CONFIG = 0x1000, KEY_STATE, KEY_NO_COLOR };

static const struct argp_option common_options[] = {
        { NULL, 0, NULL, 0, N_("Common options:"), 100 },
        { "config", KEY_CONFIG, "FILE", 0,
          N_("read this configuration (default: /etc/vigie/vigie.yaml, if it is there)"), 0 },
        { "state", KEY_STATE, "DIR", 0, N_("remember in this folder"), 0 },
        { "verbose", 'v', NULL, 0, N_("say more, cut nothing short"), 0 },
        { "quiet", 'q', NULL, 0, N_("no progress, errors only"), 0 },
        { "no-color", KEY_NO_COLOR, NULL, 0, N_("no colours"), 0 },
        { 0 },
};

static error_t on_common(int key, char *arg, struct argp_state *state)
{
        struct options *o = state->input;

        switch (key) {
        case KEY_CONFIG:
                o->config = arg;
                return 0;
        case KEY_STATE:
                free(o->state);
                o->state = strdup(arg);
                return o->state ? 0 : ENOMEM;
        case 'v':
                o->verbose = true;
                return 0;
        case 'q':
                o->quiet = true;
                return 0;
        case KEY_NO_COLOR:
                o->no_color = true;
                return 0;
        case ARGP_KEY_ARG: /* the command's own parser was asked before this one */
                argp_error(state, _("'%s' is one word too many"), arg);
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

const struct argp options_argp = { .options = common_options, .parser = on_common };

void options_done(struct options *o)
{
        free(o->state);
        *o = (struct options){ 0 };
}

void options_refuse(const struct argp_state *state, const char *option, const char *value,
                    const char *const *words)
{
        struct nearest near = NEAREST_TO(value);

        for (const char *const *w = words; *w; w++)
                nearest_offer(&near, *w);
        if (near.best)
                argp_error(state, _("--%s: '%s' is none; did you mean '%s'?"), option, value,
                           near.best);
        else
                argp_error(state, _("--%s: '%s' is none of %s"), option, value, near.offered);
}

void options_format(const struct argp_state *state, const char *value, enum report_part part,
                    enum report_format *ret)
{
        const char *names[REPORT_FORMAT_MAX + 1];
        enum report_format format;

        report_format_names(part, names);
        if (report_format_from_name(value, &format) < 0 || !report_format_has(format, part))
                options_refuse(state, "format", value, names);
        else
                *ret = format;
}

/* ---- options that do not exist ------------------------------------------------------------------
 */

/* The long option that word (without dashes, up to '=') stands for: whole, or the beginning of one.
 * Offers every name to near. */
static const struct argp_option *find_option(const struct argp *argp, const char *word,
                                             struct nearest *near)
{
        const struct argp_option *found = NULL;

        for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
                if (!o->name)
                        continue;
                nearest_offer(near, o->name);
                if (strncmp(o->name, word, strlen(word)) == 0)
                        found = o;
        }
        for (const struct argp_child *c = argp->children; c && c->argp; c++) {
                const struct argp_option *below = find_option(c->argp, word, near);

                found = found ? found : below;
        }
        return found;
}

static int check_long_option(const struct argp *argp, const char *arg, bool *ret_takes_next)
{
        static const char *const builtin[] = { "help", "usage", "version" };
        _cleanup_(freep) char *word = strndup(arg + 2, strcspn(arg + 2, "="));
        struct nearest near = NEAREST_TO(word);
        const struct argp_option *option;

        if (!word)
                return EXIT_NOT_RUN;
        option = find_option(argp, word, &near);
        *ret_takes_next = option && option->arg && !strchr(arg, '=');
        if (option)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(builtin); i++) {
                nearest_offer(&near, builtin[i]);
                if (strncmp(builtin[i], word, strlen(word)) == 0)
                        return 0;
        }
        if (near.best)
                log_error(_("unknown option '--%s'; did you mean '--%s'?"), word, near.best);
        else
                log_error(_("unknown option '--%s'; --help lists them"), word);
        return EXIT_USAGE;
}

static int check_long_options(const struct argp *argp, int argc, char **argv)
{
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
                bool takes_next = false;
                int status = 0;

                if (strncmp(argv[i], "--", 2) == 0)
                        status = check_long_option(argp, argv[i], &takes_next);
                if (status != 0)
                        return status;
                i += takes_next;
        }
        return 0;
}

char *options_doc(const char *before, const char *after)
{
        char *doc = NULL;

        return asprintf(&doc, "%s\v%s", before, after) < 0 ? NULL : doc;
}

/* ---- the whole
 * ----------------------------------------------------------------------------------- */

int options_parse(const struct argp *argp, int argc, char **argv, void *input,
                  struct options *common)
{
        struct error err = { 0 };
        int status = check_long_options(argp, argc, argv), r;

        if (status != 0)
                return status;
        r = argp_parse(argp, argc, argv, 0, NULL, input);
        if (r != 0) {
                log_error("%s", strerror(r));
                return EXIT_USAGE;
        }
        if (common->verbose || common->quiet)
                log_set_max_priority(common->verbose ? LOG_DEBUG : LOG_ERR);
        if (!common->state && paths_state_dir(&common->state, &err) < 0)
                return options_fail(&err, err.code);
        return 0;
}

int options_open_store(const struct options *o, struct store **ret)
{
        struct error err = { 0 };
        int r = store_open(ret, o->state, true, &err);

        if (r == -ENOENT) {
                log_error(_("nothing is known in %s yet: run vigie scan, or name another folder "
                            "with --state"),
                          o->state);
                return EXIT_NOT_RUN;
        }
        return r < 0 ? options_fail(&err, r) : 0;
}

int options_fail(const struct error *err, int code)
{
        log_error("%s", err->text[0] ? err->text : strerror(-code));
        return code == -EINVAL || code == -ENOKEY ? EXIT_USAGE : EXIT_NOT_RUN;
}
