/* The language of the reader, and gettext's short names. */
#pragma once

#include "daemon/model/text.h"

/* The text in the reader's language; as itself where there is no translation. */
const char *_(const char *text) __attribute__((format_arg(1), returns_nonnull));
#define N_(text) text

/* Reads the locale from the environment and opens the translations below locale_dir. A French
 * locale that is not installed still gives French. */
void language_init(const char *locale_dir);

/* "en" or "fr" instead of what the environment says, for all that follows; -EINVAL for another. */
int language_choose(const char *name);

/* What language_init() found, or language_choose() chose, as gettext will answer. */
enum language language_current(void);

/* language_choose() of one that there is. */
void language_use(enum language language);
