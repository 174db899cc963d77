/* Reads config/offered/<provider>.yaml and answers what it makes of a refusal. Format:
 * config/catalogue/README.md. */
#pragma once

#include "daemon/model/call.h"
#include "daemon/model/offered.h"

#include "providers/provider.h"

/* The provider's file below data_dir/offered, or the one of the same name below overrides_dir;
 * *ret stays NULL when there is none. Services and calls it names must stand in the catalogue. */
struct catalogue_source;
int offered_load(struct offered **ret, const struct catalogue *c, const struct provider *provider,
                 const struct catalogue_source *from, struct error *err);
struct offered *offered_free(struct offered *o);

/* Reads a reply that is no answer again, knowing where the call's service is offered: an ambiguous
 * refusal where it is not becomes REPLY_ABSENT, and "not there" by a bare status where it is
 * becomes REPLY_REFUSED. text says on which grounds. Everything else stays as it is. */
void offered_read(const struct catalogue *c, const struct call *call, const char *region,
                  uint64_t now_usec, struct reply_meaning *meaning);
