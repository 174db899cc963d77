/* What a hoster or a platform team may hand to its own customers: who answers for what, where
 * things run, how long logs are kept, what is certified, which clauses its contracts have, and what
 * is not known. No account, scope, resource, tag, person, finding or error text comes into it. */
#pragma once

#include "daemon/report/report.h"

enum pack_format { PACK_MARKDOWN, PACK_HTML, PACK_JSON, PACK_FORMAT_MAX };

struct pack_request {
        const struct report_request *report; /* its filter chooses; part is not looked at */
        const json_t *registers; /* as judge_registers_json() has them; NULL: none read */
        enum pack_format format;
};

/* -EIO when what was written did not reach its file. */
int pack_write(const struct pack_request *request, struct error *err);

/* The whole as config/schema/pack.schema.json has it; new reference. */
int pack_collect(const struct pack_request *request, json_t **ret, struct error *err);
