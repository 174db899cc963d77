/* What is collected and what has to be granted for it, collector by collector: a table for people,
 * the same as JSON, and as Markdown for documentation. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/permission.h"
#include "daemon/report/terminal.h"

enum permissions_format { PERMISSIONS_TABLE, PERMISSIONS_JSON, PERMISSIONS_MARKDOWN };

int report_permissions(const struct permission_set *set, enum permissions_format format,
                       const struct terminal *terminal, enum language language, struct error *err);
