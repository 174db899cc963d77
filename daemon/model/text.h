/* A text for people, in the two languages of the program. */
#pragma once

#include "daemon/base/yaml.h"

enum language { LANGUAGE_EN, LANGUAGE_FR, LANGUAGE_MAX };

struct text {
        char *in[LANGUAGE_MAX];
};

extern const struct yaml_field text_fields[]; /* {en: …, fr: …}, both required */

/* The text in that language, English where there is none. */
const char *text_in(const struct text *t, enum language language);
