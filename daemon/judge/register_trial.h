/* What registers say in a trial: entries that stand for a tag of the owner's, and certificates. An
 * entry counts where no tag and no policy says something; one that ended is said, and counts for
 * nothing. */
#pragma once

#include "daemon/judge/register.h"

struct judge;
struct judge_view;
struct subject;
struct trial;

/* Tags that an entry can stand for. */
enum register_tag {
        REGISTER_TAG_TIA,
        REGISTER_TAG_FRIA,
        REGISTER_TAG_DPIA,
        REGISTER_TAG_TECHDOC,
        REGISTER_TAG_REGISTRATION,
        REGISTER_TAG_MAX
};

/* Adds to what is declared of the resource what the registers declare of it. */
int registers_declare(struct subject *s, const struct judge *judge, const struct judge_view *view,
                      uint64_t date_usec);

/* Says which entry stands for a tag that is asked, or which one no longer does. */
void trial_note_register(struct trial *t, const char *tag);

/* The certificate that the owner recorded for that scheme, of that level at least, in force before
 * one that ended; NULL: none. */
const struct register_entry *trial_certificate(const struct trial *t, const struct scheme *scheme,
                                               uint64_t level);
/* Placeholders {register}, {register_owner}, {register_proof}, {register_date}, {register_until}.
 */
void trial_set_register(struct trial *t, const struct register_entry *e);
