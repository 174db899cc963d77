/* Placeholders that are put together from pieces in both languages. */
#pragma once

#include "daemon/judge/trial.h"

enum { BILINGUAL_BYTES_MAX = 8 * 1024 };

struct bilingual {
        struct buffer in[LANGUAGE_MAX];
};

#define BILINGUAL_INIT                                                                             \
        {                                                                                          \
                {                                                                                  \
                        BUFFER_INIT(BILINGUAL_BYTES_MAX), BUFFER_INIT(BILINGUAL_BYTES_MAX)         \
                }                                                                                  \
        }

void bilingual_add(struct bilingual *b, const char *en, const char *fr);
void bilingual_add_text(struct bilingual *b, const struct text *text);
/* A word of the words' group. */
void bilingual_add_word(struct bilingual *b, const struct trial *t, const char *group,
                        const char *id);
/* The rule's own words for that case, placeholders filled in as they are now. */
void bilingual_add_phrase(struct bilingual *b, struct trial *t, const char *why);
bool bilingual_is_empty(const struct bilingual *b);

/* Sets the placeholder; what was in b is gone. */
void bilingual_take(struct trial *t, const char *name, struct bilingual *b);
/* The placeholder is that text, as it stands. */
void bilingual_set(struct trial *t, const char *name, const struct text *text);
