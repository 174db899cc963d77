/* The operator's registers for reports, which know no judge. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdint.h>

/* As registers_json() has them, of the folder beside that configuration (NULL: the default one);
 * new reference. */
int registers_read(json_t **ret, const char *config_path, uint64_t date_usec, struct error *err);
