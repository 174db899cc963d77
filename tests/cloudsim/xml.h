/* JSON written the way the query and ec2 protocols write XML: members are elements, arrays hold
 * <item>. */
#pragma once

#include "daemon/base/buffer.h"

#include <jansson.h>

void xml_add(struct buffer *b, const char *name, const json_t *value);
