#include "daemon/cli/command.h"

#include "daemon/base/log.h"
#include "daemon/base/nearest.h"
#include "daemon/base/version.h"
#include "daemon/report/language.h"
#include "daemon/watch/paths.h"

#include <argp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* glibc looks for this name: it is what --version prints. */
const char *argp_program_version = "vigie " VIGIE_VERSION;

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

/* Credentials stand in memory: they must not reach a core file, nor a debugger of the same user.
 * The leak checker of the sanitizers is such a debugger, and only those builds leave it in. */
static void keep_secrets(void)
{
        const struct rlimit none = { 0, 0 };

        (void)setrlimit(RLIMIT_CORE, &none);
        if (!SANITIZED)
                (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void list_commands(FILE *out, const struct command *commands, size_t n)
{
        (void)fprintf(out, "%s\n\n", _("Usage: vigie COMMAND [OPTION...]"));
        (void)fprintf(
                out, "%s\n\n",
                _("Keeps watch over the AI that runs in your cloud accounts: what is deployed "
                  "and\nwhere, who holds which role in the EU AI Act, and what evidence is "
                  "missing."));
        for (size_t i = 0; i < n; i++)
                (void)fprintf(out, "  %-11s  %s\n", commands[i].name, _(commands[i].summary));
        (void)fprintf(out, "\n%s\n", _("vigie COMMAND --help explains each; man vigie, all."));
}

static int unknown_command(const char *name, const struct command *commands, size_t n)
{
        struct nearest near = NEAREST_TO(name);

        for (size_t i = 0; i < n; i++)
                nearest_offer(&near, commands[i].name);
        if (near.best)
                log_error(_("unknown command '%s'; did you mean '%s'?"), name, near.best);
        else
                log_error(_("unknown command '%s'; vigie --help lists them"), name);
        return EXIT_USAGE;
}

static int general_option(const char *option, const struct command *commands, size_t n)
{
        if (strcmp(option, "--help") == 0 || strcmp(option, "-?") == 0 ||
            strcmp(option, "-h") == 0 || strcmp(option, "help") == 0) {
                list_commands(stdout, commands, n);
                return EXIT_CLEAN;
        }
        if (strcmp(option, "--version") == 0 || strcmp(option, "-V") == 0) {
                (void)printf("%s\n", argp_program_version);
                return EXIT_CLEAN;
        }
        log_error(_("unknown option '%s'; vigie --help lists commands and their options"), option);
        return EXIT_USAGE;
}

static void speak(void)
{
        _cleanup_(freep) char *locale_dir = NULL;

        if (paths_locale_dir(&locale_dir, NULL) >= 0)
                language_init(locale_dir);
}

int command_main(int argc, char **argv, const struct command *commands, size_t n_commands)
{
        char name[64];

        keep_secrets();
        speak();
        (void)signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of writing */
        argp_err_exit_status = EXIT_USAGE;
        if (argc < 2) {
                list_commands(stderr, commands, n_commands);
                return EXIT_USAGE;
        }
        if (argv[1][0] == '-' || strcmp(argv[1], "help") == 0)
                return general_option(argv[1], commands, n_commands);
        for (size_t i = 0; i < n_commands; i++) {
                if (strcmp(commands[i].name, argv[1]) != 0)
                        continue;
                (void)snprintf(name, sizeof(name), "vigie %s", commands[i].name);
                argv[1] = name;
                return commands[i].run(argc - 1, argv + 1);
        }
        return unknown_command(argv[1], commands, n_commands);
}
