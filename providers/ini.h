/* INI files as the AWS tools write them: "[section]", "key = value", and below a key without a
 * value indented "sub = value" lines.
 *
 * Comments are whole lines that begin with "#" or ";". Keys are compared in lower case, sections as
 * they stand, with the spaces between their words made one and quotes around words taken off. A key
 * that comes twice keeps its last value. Files hold secrets: errors name lines and never quote
 * them, and the memory is wiped when it is freed. */
#pragma once

#include "daemon/base/cleanup.h"
#include "daemon/base/error.h"

#include <stdbool.h>

struct ini;

/* -ENOENT when the file is not there, -EINVAL for a line that is none of the above. */
int ini_load(struct ini **ret, const char *path, struct error *err);
/* name is what errors call it. */
int ini_parse(struct ini **ret, const char *name, const char *text, size_t size_bytes,
              struct error *err);
struct ini *ini_free(struct ini *ini); /* NULL is accepted */
DEFINE_CLEANUP(struct ini *, ini_free);

/* NULL when it is not there; "" for a key without a value. Borrowed. ini may be NULL. */
const char *ini_get(const struct ini *ini, const char *section, const char *key);
const char *ini_get_nested(const struct ini *ini, const char *section, const char *key,
                           const char *sub);
bool ini_has_section(const struct ini *ini, const char *section);
