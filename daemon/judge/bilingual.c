#include "daemon/judge/bilingual.h"

#include <errno.h>

void bilingual_add(struct bilingual *b, const char *en, const char *fr)
{
        buffer_add(&b->in[LANGUAGE_EN], en);
        buffer_add(&b->in[LANGUAGE_FR], fr);
}

void bilingual_add_text(struct bilingual *b, const struct text *text)
{
        bilingual_add(b, text_in(text, LANGUAGE_EN), text_in(text, LANGUAGE_FR));
}

void bilingual_add_word(struct bilingual *b, const struct trial *t, const char *group,
                        const char *id)
{
        const struct words *w = &t->judge->words;

        bilingual_add(b, words_of(w, group, id, LANGUAGE_EN), words_of(w, group, id, LANGUAGE_FR));
}

bool bilingual_is_empty(const struct bilingual *b)
{
        return b->in[LANGUAGE_EN].size_bytes == 0;
}

void bilingual_add_phrase(struct bilingual *b, struct trial *t, const char *why)
{
        const char *kept = t->why;

        t->why = why;
        for (int i = 0; i < LANGUAGE_MAX; i++) {
                _cleanup_(freep) char *text = trial_phrase(t, (enum language)i);

                if (!text)
                        t->failed = -ENOMEM;
                else
                        buffer_add(&b->in[i], text);
        }
        t->why = kept;
}

void bilingual_take(struct trial *t, const char *name, struct bilingual *b)
{
        json_auto_t *text = json_pack("{s:s, s:s}", "en", buffer_text(&b->in[LANGUAGE_EN]), "fr",
                                      buffer_text(&b->in[LANGUAGE_FR]));

        if (text)
                trial_set_text(t, name, text);
        else
                t->failed = -ENOMEM;
        for (int i = 0; i < LANGUAGE_MAX; i++) {
                if (buffer_error(&b->in[i]) < 0)
                        t->failed = buffer_error(&b->in[i]);
                buffer_done(&b->in[i]);
        }
}

void bilingual_set(struct trial *t, const char *name, const struct text *text)
{
        struct bilingual b = BILINGUAL_INIT;

        bilingual_add_text(&b, text);
        bilingual_take(t, name, &b);
}
