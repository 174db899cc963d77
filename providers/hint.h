/* Names that point at AI: of container images and of environment variables. Values of variables are
 * never looked at. Shared by providers. */
#pragma once

#include <jansson.h>

/* Appends "image:vllm" and the like to hints. */
void hint_of_image(const char *image, json_t *hints);
/* Appends "variable:NAME" to hints, and to hosts (may be NULL) the third party that it belongs to.
 */
void hint_of_variable(const char *name, json_t *hints, json_t *hosts);
