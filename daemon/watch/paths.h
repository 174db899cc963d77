/* Where things lie: data, translations, state, configuration. Every answer is a new string. */
#pragma once

#include "daemon/base/error.h"

/* Catalogue, rules, law and regions: $VIGIE_DATADIR; else ../config beside the program, for a build
 * tree; else ../share/vigie; else where it was configured to be installed. */
int paths_data_dir(char **ret, struct error *err);

/* Translations: locale/ beside the program when it is there, for a build tree; else the installed
 * one. */
int paths_locale_dir(char **ret, struct error *err);

/* What is remembered: the unit's $STATE_DIRECTORY; for root /var/lib/vigie when it exists; else
 * $XDG_STATE_HOME/vigie or ~/.local/state/vigie. */
int paths_state_dir(char **ret, struct error *err);

/* Where the daemon of that state folder has its control socket: in the unit's $RUNTIME_DIRECTORY,
 * else in the state folder. */
int paths_control_own(char **ret, const char *state_dir, struct error *err);
/* Where to ask it: the same, or for the unit's state folder the unit's sockets; the first that is
 * there, else where it would be. */
int paths_control_find(char **ret, const char *state_dir, struct error *err);

/* /etc/vigie/vigie.yaml, read when no other is named. */
const char *paths_default_config(void);
