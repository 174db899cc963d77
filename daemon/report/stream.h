/* Writes one JSON object to a file as its rows come: members in the order they are given, an
 * array's rows one to a line. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/report/writer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_stream {
        FILE *out;
        bool begun;           /* a member is there */
        bool in_array;        /* rows are being written */
        bool row;             /* the array has one */
        int failed;           /* latched; json_stream_end() answers */
        struct writer writer; /* of the row that is begun */
};

#define JSON_STREAM_TO(file) ((struct json_stream){ .out = (file) })

/* A whole member; value is consumed, NULL latches -ENOMEM. */
void json_stream_member_take(struct json_stream *s, const char *key, json_t *value);

void json_stream_array(struct json_stream *s, const char *key);
/* 0, or the latched error, so that who iterates can stop. */
int json_stream_row_take(struct json_stream *s, json_t *row);
/* The same of a row that is written member by member, for which no object is made. */
struct writer *json_stream_row(struct json_stream *s);
int json_stream_row_end(struct json_stream *s);
void json_stream_array_end(struct json_stream *s);

/* Closes the object; 0, -ENOMEM or -EIO. */
int json_stream_end(struct json_stream *s, struct error *err);

/* A JSON string of text, bytes that are no UTF-8 replaced by U+FFFD; JSON null for NULL. */
json_t *json_stream_text(const char *text);
