/* How far a compliance programme is, as a table, JSON or Markdown. */
#pragma once

#include "daemon/model/programme.h"
#include "daemon/report/terminal.h"

enum programme_format { PROGRAMME_TABLE, PROGRAMME_JSON, PROGRAMME_MARKDOWN };

struct programme_request {
        const struct programme *programme;
        enum language language;
        struct terminal terminal;
        enum programme_format format;
        bool verbose; /* table: measures, everything that is missing, the registers */
};

/* -EIO when what was written did not reach its file. */
int programme_write(const struct programme_request *request, struct error *err);
