/* A resource's row as it is read. Private to store/. */
#pragma once

#include "daemon/store/private.h"

/* The columns of ROW_SELECT, in order. */
enum {
        C_RESOURCE,
        C_PLACE,
        C_DESCRIPTION,
        C_PROVIDER,
        C_ACCOUNT,
        C_SCOPE,
        C_REGION,
        C_KIND,
        C_ID,
        C_NAME,
        C_STATUS,
        C_CREATED,
        C_MODIFIED,
        C_TYPE,
        C_TOPIC,
        C_DIGEST,
        C_COMPLETE,
        C_DETAILED,
        C_TAGS,
        C_FACTS,
        C_EVIDENCE,
        C_FIRST,
        C_LAST,
        C_MISSING,
        C_GONE,
        C_STATE,
        C_SCAN,
        C_LAST_OK,
        C_FRESH,
        C_FRESH_SCAN,
        C_TEXT,
        C_FLAPPING,
        C_JUDGED,
};

#define ROW_SELECT                                                                                 \
        "SELECT r.resource, r.place, r.description, o.provider, o.account, o.scope, o.region,"     \
        " r.kind, r.id, r.name, r.status, r.created, r.modified, r.service_type, r.topic,"         \
        " r.listed_digest, r.details_complete, r.detailed, r.tags, r.facts, r.evidence,"           \
        " r.first_seen, r.last_seen, r.missing, r.gone, p.state, p.scan, p.last_ok, f.seen,"       \
        " f.scan, d.text, EXISTS (SELECT 1 FROM flap WHERE subject = 1 AND row = r.resource),"     \
        " (SELECT judged FROM scan WHERE judged IS NOT NULL ORDER BY scan DESC LIMIT 1)"           \
        " FROM "
/* Behind the tables resource r and place o. CROSS JOIN fixes the order of the loops. */
#define ROW_JOINS                                                                                  \
        " CROSS JOIN pass p ON p.pass = r.pass LEFT JOIN fresh f ON f.resource = r.resource"       \
        " LEFT JOIN description d ON d.description = r.description"

/* What is built for one row; the texts are the statement's. */
struct row {
        struct resource resource;
        bool without_replies, without_facts; /* evidence, or tags and facts, are left empty */
        char key[RESOURCE_KEY_MAX], first[32], last[32];
        json_t *description; /* kept while rows share it */
        int64_t description_row;
};

/* -EUCLEAN when what stands there is no JSON. */
int row_read(struct row *row, sqlite3_stmt *st);
void row_end(struct row *row);
bool row_is_stale(sqlite3_stmt *st);
const char *row_last_seen(sqlite3_stmt *st, char text[static 32]);
/* Takes the JSON values out of row. */
int row_copy(struct resource **ret, sqlite3_stmt *st, struct row *row);
