#include "daemon/model/text.h"

const struct yaml_field text_fields[] = {
        { .key = "en",
          .type = YAML_STRING,
          .offset = offsetof(struct text, in[LANGUAGE_EN]),
          .required = true },
        { .key = "fr",
          .type = YAML_STRING,
          .offset = offsetof(struct text, in[LANGUAGE_FR]),
          .required = true },
        { 0 },
};

const char *text_in(const struct text *t, enum language language)
{
        const char *text = t->in[language] ? t->in[language] : t->in[LANGUAGE_EN];

        return text ? text : "";
}
