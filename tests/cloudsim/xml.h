/* JSON written the way the query and ec2 protocols write XML: members are elements, arrays hold
 * <item>. */
#pragma once

#include "daemon/base/buffer.h"

#include <jansson.h>

/* Lists as elements of their own name, one after the other, as S3 has them. */
void xml_add_flat(struct buffer *b, const char *name, const json_t *value);
void xml_add(struct buffer *b, const char *name, const json_t *value);
