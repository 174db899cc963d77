/* SQLite behind a small hand: statements prepared once and taken by their text, values bound by
 * position, errors mapped.
 *
 * A statement is taken, bound, stepped and given back; while it is taken nobody else gets it, so
 * that a query may ask another of the same text from within its rows. Binding latches its first
 * failure; sql_step() reports it. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { SQL_KEPT_MAX = 96 };

struct sql_cache {
        sqlite3 *db;
        struct sql {
                sqlite3_stmt *stmt;
                char *text;
                uint64_t hash, used;
                struct sql_cache *cache;
                int code; /* latched by the binders */
                bool taken;
                bool alone; /* the cache was full of taken ones */
        } * kept[SQL_KEPT_MAX];
        uint64_t clock;
};

void sql_cache_init(struct sql_cache *c, sqlite3 *db);
void sql_cache_done(struct sql_cache *c);

/* -EUCLEAN damaged, -ENOSPC full, -EBUSY, -EROFS, -ENOMEM, -EIO. */
int sql_errno(int code);
/* The error that db has now, with what was tried. */
int sql_fail(sqlite3 *db, int code, struct error *err);

int sql_take(struct sql **ret, struct sql_cache *c, const char *text, struct error *err);
void sql_give(struct sql *q);
DEFINE_CLEANUP(struct sql *, sql_give);

/* Positions count from 1. Text is borrowed until the statement is given back; NULL binds NULL. */
void sql_bind_text(struct sql *q, int at, const char *text);
void sql_bind_u64(struct sql *q, int at, uint64_t value);
void sql_bind_int(struct sql *q, int at, int64_t value);
void sql_bind_json(struct sql *q, int at, const json_t *value);

/* 1 for a row, 0 at the end. */
int sql_step(struct sql *q, struct error *err);
/* Runs a statement without rows and makes it ready to be bound again. */
int sql_run(struct sql *q, struct error *err);
int sql_exec(sqlite3 *db, const char *text, struct error *err);

const char *sql_text(struct sql *q, int column); /* NULL for NULL; until the next step */
uint64_t sql_u64(struct sql *q, int column);
int sql_int(struct sql *q, int column);
/* A new reference; NULL for NULL. -EUCLEAN for what is no JSON. */
int sql_json(struct sql *q, int column, json_t **ret, struct error *err);
