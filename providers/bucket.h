/* What a bucket's rules come to, wherever object storage speaks S3: how long logs that are written
 * to it are kept, where they are copied, for how long they are locked. The rules are the facts as
 * S3 gives them; what they are made of is a number of days, or a list of buckets. */
#pragma once

#include "providers/provider.h"

/* A refinement; the account is not looked at. */
int bucket_refine(const struct account *a, struct resource *r, const json_t *item,
                  struct error *err);
