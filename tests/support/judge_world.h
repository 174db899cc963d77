/* A world of the judge's from JSON: what the inventory would answer, and the judgements that come
 * of it.
 *
 * {"resources": [{"scope", "region", "kind", "id", "name", "service_type" | "topic", "tags",
 * "facts": {name: value | {"absent": true} |
 *   {"unknown": cause}}}], "coverage": [{"scope", "region", "collector", "topic", "service_type",
 * "state", "cause", "permission", "last": date}], "options": {name: value | null}}; provider "aws"
 * and account "prod" where none is named. */
#pragma once

#include "daemon/judge/judge.h"

struct judge_world;

struct judge_world *judge_world_new(const json_t *description);
struct judge_world *judge_world_free(struct judge_world *w);
DEFINE_CLEANUP(struct judge_world *, judge_world_free);

const struct judge_view *judge_world_view(const struct judge_world *w);
/* The resource with that id; NULL when there is none. */
struct resource *judge_world_resource(const struct judge_world *w, const char *id);

/* One resource from its description. */
struct resource *judge_world_make(const json_t *description);

/* Judgements as an array of objects {"rule", "verdict", "severity", "en", "fr", "arithmetic",
 * "applies_from", "state", "facts", "evidence", "region", "kind"}; new references. subject:
 * {"resource": id}, {"place": [scope, region]} or {"scope": id}. */
json_t *judge_world_run(const struct judge_world *w, const struct judge *j, const json_t *subject,
                        uint64_t date_usec);
/* The judgement of one rule in such an array; NULL when it is not there. */
const json_t *judge_world_of(const json_t *judgements, const char *rule);
