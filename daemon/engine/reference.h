/* What the reference tables of a site come to for the items that are joined with them. Private to
 * engine/. */
#pragma once

#include "daemon/engine/site.h"
#include "daemon/model/resource.h"

/* What an item's joins find is a part of what was listed of it: when a table changes, or cannot be
 * read any more, remembered details are no longer good. To be called when all tables are there. */
void reference_mark(struct site *s, const struct collector *c, struct resource *r);
