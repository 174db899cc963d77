/* Helpers over jansson: paths into a document, canonical text, digests. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"

#include <jansson.h>

/* What stands at path below root; a new reference, or NULL when nothing (or JSON null) is there.
 *
 * A path is made of keys joined by dots, e.g. "DataCaptureConfig.EnableCapture". "[]" after a key
 * goes through an array and makes the answer an array of what the rest of the path finds in each
 * element ("models[].modelArn"; elements without it are passed over; nested "[]" flatten); "[*]"
 * does the same with the members of an object, a map of things by name. "[0]"
 * takes one element. "[Key=Value]" after a key turns a list of objects into one object, by the
 * named members ("Tags[Key=Value]", "Tags[Key=Value].owner"). "." is root itself. */
json_t *json_path(const json_t *root, const char *path);

/* The string at path; borrowed from root, NULL when it is not there or no string. Plain dotted
 * paths only. */
const char *json_path_string(const json_t *root, const char *path);

/* json_object_get() of a string member, NULL when it is not there or no string. */
const char *json_member_string(const json_t *object, const char *key);

/* A scalar as text (strings as they are, numbers and booleans printed), NULL for the rest; the
 * caller frees. */
char *json_scalar_text(const json_t *value);

/* Compact text with sorted keys: the same value gives the same bytes. NULL only without memory; the
 * caller frees. */
char *json_canonical(const json_t *value);
char *json_canonical_digest(const json_t *value, char hex[static SHA256_HEX_MAX]);

/* Parses a whole text; -EBADMSG with line and column for what is no JSON. */
int json_parse(const char *text, size_t size_bytes, json_t **ret, struct error *err);

/* Sets a member to a string, "" included; NULL sets JSON null. */
int json_set_string(json_t *object, const char *key, const char *value);

/* An array of them; NULL stands for none. New reference, NULL without memory. */
json_t *json_strings(char *const *strings);
