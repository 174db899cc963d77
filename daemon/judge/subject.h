/* What a trial is about, worked out once for all rules: where it is, what is declared, which risk
 * counts. */
#pragma once

#include "daemon/judge/trial.h"

/* view may be NULL: then nothing is known of the account. */
int subject_of_resource(struct subject *s, const struct judge *judge, const struct judge_view *view,
                        const struct resource *r, uint64_t date_usec);
int subject_of_place(struct subject *s, const struct judge *judge, const struct place *place,
                     uint64_t date_usec);
void subject_done(struct subject *s);
