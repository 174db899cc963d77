/* XML replies as JSON, so that one extraction serves both.
 *
 *  - The root element's content is the value; its name is kept beside it. Attributes are dropped.
 *  - An element without child elements is its text, as a string ("" when empty).
 *  - An element with child elements is an object of them.
 *  - An element whose children are all named <item>, or all <member>, is the array of these, also
 *    when there is one. An empty element whose name ends with "Set" (EC2's word for a list) or is
 *    "regionInfo" is the empty array.
 *  - Children of another name that come several times are an array under that name; those named in
 *    repeated are an array always.
 *  - Text beside child elements is dropped.
 *
 * <reservationSet><item>…</item></reservationSet> is thus read as "reservationSet[]". DOCTYPE is
 * refused, so there are no entities but XML's own five. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>

enum { XML_NAME_MAX = 96, XML_DEPTH_MAX = 48 };

struct xml_document {
        char root[XML_NAME_MAX];
        json_t *content; /* new reference for the caller */
};

/* -EBADMSG with line and column for what is not well-formed, has a DOCTYPE, or nests too deep. The
 * error never quotes the text. repeated ends with NULL, or is NULL. */
int xml_parse(const char *text, size_t size_bytes, const char *const *repeated,
              struct xml_document *ret, struct error *err);
