#include "daemon/report/language.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

const char *_(const char *text)
{
        return gettext(text);
}

/* The environment's wish, in the order of setlocale(3). */
static const char *wished_locale(void)
{
        static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const char *value = getenv(names[i]);

                if (value && *value)
                        return value;
        }
        return "";
}

static bool is_french(const char *name)
{
        return strncmp(name, "fr", 2) == 0 && (name[2] == '\0' || strchr("_.@:", name[2]));
}

void language_init(const char *locale_dir)
{
        if (!setlocale(LC_ALL, "")) {
                /* minimal systems name a locale in LANG without having generated it; gettext
                 * needs any locale but "C" to translate */
                (void)setlocale(LC_ALL, "C.UTF-8");
                if (is_french(wished_locale()))
                        (void)setenv("LANGUAGE", "fr", 0);
        }
        (void)setlocale(LC_NUMERIC, "C"); /* numbers are read by programs too */
        (void)bindtextdomain("vigie", locale_dir);
        (void)bind_textdomain_codeset("vigie", "UTF-8");
        (void)textdomain("vigie");
}

int language_choose(const char *name)
{
        bool french = strcmp(name, "fr") == 0;

        if (!french && strcmp(name, "en") != 0)
                return -EINVAL;
        /* gettext translates in any locale but "C", and reads LANGUAGE there */
        if (!setlocale(LC_MESSAGES, french ? "C.UTF-8" : "C"))
                return -EINVAL;
        (void)setenv("LANGUAGE", french ? "fr" : "en", 1);
        (void)textdomain("vigie"); /* what was looked up before does not count */
        return 0;
}

enum language language_current(void)
{
        const char *locale = setlocale(LC_MESSAGES, NULL), *list = getenv("LANGUAGE");

        if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
                return LANGUAGE_EN;
        if (list && *list)
                return is_french(list) ? LANGUAGE_FR : LANGUAGE_EN;
        return is_french(locale) ? LANGUAGE_FR : LANGUAGE_EN;
}

void language_use(enum language language)
{
        (void)language_choose(language == LANGUAGE_FR ? "fr" : "en");
}
