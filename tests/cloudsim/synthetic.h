/* Worlds of any size, invented by arithmetic: nothing is stored, the same question has the same
 * answer. */
#pragma once

#include "daemon/base/error.h"
#include "tests/cloudsim/aws.h"

/* Writes the accounts and organisations that "synthetic" asks for into the world. -EINVAL. */
int synthetic_expand(json_t *world, struct error *err);

/* Answers an operation of a synthetic account; false when it is not one. */
bool synthetic_reply(struct aws_call *c);

/* The index-th thing's JSON text is appended, with {i} {account} {region} filled in, and {key} by
 * what the call asked for (NULL: nothing). */
void synthetic_add_item(struct buffer *b, const char *template_text, const struct request *q,
                        uint64_t index, const char *key);
