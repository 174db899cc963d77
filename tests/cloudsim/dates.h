/* Times that move with the day, so that a world does not grow old. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* Replaces "@epoch -3d" (seconds) and "@iso -3d" (a text) by the midnight UTC of that many days
 * before now. */
void dates_fill(json_t *value, uint64_t now_usec);
