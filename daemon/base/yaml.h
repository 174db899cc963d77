/* YAML files bound to C structs by tables, with errors that name file:line:column and the key.
 *
 * libyaml's document API underneath; a key that no table names is refused, so is a wrong type.
 * Free-form parts (bodies, facts, tags) come out as json_t. Duplicate keys are refused. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yaml; /* one loaded document */

enum yaml_type {
        YAML_STRING,  /* char * */
        YAML_STRINGS, /* char **, NULL-terminated; a lone scalar counts as a list of one */
        YAML_BOOL,    /* bool */
        YAML_UINT,    /* uint64_t, within [min, max]; max 0 means no bound */
        YAML_DOUBLE,  /* double, not negative */
        YAML_SPAN,    /* uint64_t microseconds, "15min" */
        YAML_ENUM,    /* int, an index of names[] */
        YAML_JSON,    /* json_t *, anything */
        YAML_SECTION, /* an embedded struct, described by fields */
        YAML_LIST,    /* array of structs of size bytes, described by fields; count_offset has its
                         size_t */
        YAML_PLACE,   /* struct yaml_place: where this mapping stands (key is NULL) */
        YAML_REST,    /* nothing: other keys are allowed, yaml_bind_at() reads them (key is NULL) */
};

struct yaml_place {
        int line, column; /* from 1 */
};

struct yaml_field {
        const char *key;
        enum yaml_type type;
        size_t offset;
        bool required;
        uint64_t min, max;               /* YAML_UINT */
        const char *const *names;        /* YAML_ENUM, ends with NULL */
        const struct yaml_field *fields; /* YAML_SECTION, YAML_LIST; ends with an empty row */
        size_t size, count_offset;       /* YAML_LIST */
};

/* Reads one document. -ENOENT when the file is not there, -EINVAL for bad YAML; the text names the
 * place. An empty document is an empty mapping. name is what errors call it. */
int yaml_load_file(struct yaml **ret, const char *path, struct error *err);
int yaml_load_text(struct yaml **ret, const char *name, const char *text, struct error *err);
/* Hidden: libyaml has a function of the same name that it calls itself, and must not find ours. */
struct yaml *yaml_free(struct yaml *y) __attribute__((visibility("hidden")));
DEFINE_CLEANUP(struct yaml *, yaml_free);

const char *yaml_name(const struct yaml *y);

/* Fills object from the root mapping. What the document does not mention keeps its value, so
 * defaults are set before, and several documents can be bound one after the other (lists are
 * appended). On error the object stays valid for yaml_unbind(). */
int yaml_bind(const struct yaml *y, const struct yaml_field *fields, void *object,
              struct error *err);

/* Binds the mapping that stands at place by fields; keys that the table ignore names are passed
 * over. For parts whose keys depend on what another key says (an account's provider). */
int yaml_bind_at(const struct yaml *y, struct yaml_place place, const struct yaml_field *fields,
                 const struct yaml_field *ignore, void *object, struct error *err);

/* Frees what yaml_bind() made and sets it to NULL or 0. */
void yaml_unbind(const struct yaml_field *fields, void *object);

/* The whole document as JSON: plain scalars by the YAML core schema, quoted ones as strings. New
 * reference. */
int yaml_json(const struct yaml *y, json_t **ret, struct error *err);

/* Where the value of key stands in the mapping at place ({0}: the root mapping); place itself when
 * there is no such key. For checks that only the caller can make. */
struct yaml_place yaml_place_of(const struct yaml *y, struct yaml_place place, const char *key);

/* "file:line:column: " and the message, -EINVAL. */
int yaml_error_at(const struct yaml *y, struct yaml_place place, struct error *err, const char *fmt,
                  ...) _printf_(4, 5);
