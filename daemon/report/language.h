/* The language of the reader, and gettext's short names. */
#pragma once

#include "daemon/model/text.h"

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text

/* Reads the locale from the environment and opens the translations below locale_dir. A French
 * locale that is not installed still gives French. */
void language_init(const char *locale_dir);

/* What language_init() found, as gettext will answer. */
enum language language_current(void);
