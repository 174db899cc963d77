/* What the rules of sovereignty begin with: which offer, and what the owner declares. */
#pragma once

#include "daemon/judge/trial.h"

/* The offer that the subject belongs to; sets {offer}. NULL: it is not known which, and the trial
 * is decided by the rule's words no-offer or offer-untold. */
const struct offer *trial_offer(struct trial *t);

/* 1: declared, 0: not declared, -1: cannot be told, and the trial is decided. */
int trial_declared(struct trial *t, const char *tag, struct declaration *ret);
