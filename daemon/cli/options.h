/* The options that every command takes, and parsing with suggestions. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/report/report.h"
#include "daemon/store/store.h"

#include <argp.h>

struct options {
        const char *config; /* NULL: the default file */
        char *state;        /* folder; set by options_parse() */
        bool verbose, quiet, no_color;
};

void options_done(struct options *o);

/* The child that brings them into a command's argp; its input is a struct options. It refuses words
 * that the command's own parser leaves (ARGP_ERR_UNKNOWN). */
extern const struct argp options_argp;

/* For parsers of commands: an error of usage that suggests the nearest of words (NULL-terminated).
 */
void options_refuse(const struct argp_state *state, const char *option, const char *value,
                    const char *const *words);

/* For parsers of commands: --format, refused when the part has no such form. */
void options_format(const struct argp_state *state, const char *value, enum report_part part,
                    enum report_format *ret);

/* The text of a command's help, before and after its options (translated already: argp would look
 * for both together). The caller frees. */
char *options_doc(const char *before, const char *after);

/* Parses with argp, which ends the program for --help and for errors; an unknown option is named
 * together with the nearest known one. Then sets the state folder and the log level. 0, or an exit
 * status. common is the part of input that options_argp fills. */
int options_parse(const struct argp *argp, int argc, char **argv, void *input,
                  struct options *common);

/* For status and reports, beside a running daemon. 0, or an exit status after saying why. */
int options_open_store(const struct options *o, struct store **ret);

/* Says what went wrong and gives the exit status for it: usage for a bad configuration, else not
 * run. */
int options_fail(const struct error *err, int code);
