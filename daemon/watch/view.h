/* What the judge may ask of the inventory, answered from the store.
 *
 * Resources of one place ask the same questions over and over (the logging of this region, the
 * coverage of that collector), so answers are kept in a cache of fixed size. The inventory must
 * stand still while a view is in use. */
#pragma once

#include "daemon/judge/judge.h"
#include "daemon/store/store.h"

struct view;

/* Both are borrowed; the configuration is what is known of the accounts. */
int view_new(struct view **ret, struct store *store, const struct config *config,
             struct error *err);
struct view *view_free(struct view *v);
DEFINE_CLEANUP(struct view *, view_free);

/* Valid as long as the view. */
const struct judge_view *view_judge(const struct view *v);

/* Questions answered with an error since the view was made: the judge cannot tell them from "not
 * there", so whoever used the verdicts must look. 0, or the first error. */
int view_error(const struct view *v, struct error *err);
