/* What articles of law say, in our own words: config/law/articles.yaml. Rules and duties name
 * provisions ("AIA 26(6)", "AIA 9-15", "GDPR 28, 32"); each must lead to articles that stand
 * there. */
#pragma once

#include "daemon/judge/data.h"

#include <stdbool.h>

struct articles;

int articles_load(struct articles **ret, struct data *data, struct error *err);
struct articles *articles_free(struct articles *a);
DEFINE_CLEANUP(struct articles *, articles_free);

/* The ids of the articles that a provision leads to: itself, or its article without paragraphs,
 * each one of a range or list. NULL when one of them is not there; new reference. */
json_t *articles_resolve(const struct articles *a, const char *provision);

/* {"acts": {id: {en, fr}}, "articles": {id: {"title": {en, fr}, "text": {en, fr}}}}; new
 * reference. */
json_t *articles_json(const struct articles *a);
