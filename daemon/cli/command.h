/* Subcommands: one function each, one file each, one table in main.c. */
#pragma once

#include <stddef.h>

/* What scripts rely on. */
enum exit_status {
        EXIT_CLEAN = 0,      /* nothing at or above --fail-on, everything could be read */
        EXIT_NOT_RUN = 1,    /* could not run */
        EXIT_USAGE = 2,      /* command line or configuration */
        EXIT_FINDINGS = 3,   /* findings at or above --fail-on */
        EXIT_INCOMPLETE = 4, /* none, but something could not be read */
};

struct command {
        const char *name;
        int (*run)(int argc, char **argv); /* argv[0] is "vigie <name>"; an exit status */
        const char *summary;
};

/* Prepares the process, finds the command, runs it. */
int command_main(int argc, char **argv, const struct command *commands, size_t n_commands);

int cli_scan(int argc, char **argv);
int cli_daemon(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_resources(int argc, char **argv);
int cli_findings(int argc, char **argv);
int cli_coverage(int argc, char **argv);
int cli_programme(int argc, char **argv);
int cli_duties(int argc, char **argv);
int cli_diff(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_history(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_snapshot(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_permissions(int argc, char **argv);
int cli_check(int argc, char **argv);
