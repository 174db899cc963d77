/* What a browser says in its request, judged over memory. */
#pragma once

#include "daemon/model/text.h"

#include <stdbool.h>

/* Is the Host header one that belongs here: a name of this machine's loopback, or one of names
 * (NULL-terminated, without port)? A page elsewhere may have its own name resolve to 127.0.0.1 and
 * read along; what its requests cannot change is the name. NULL is none. */
bool web_host_is_ours(const char *host, const char *const *names);

/* Can it stand in a Host header, as a name without port? */
bool web_is_host_name(const char *name);

/* The language that Accept-Language likes best; otherwise when it names none that there is, or is
 * NULL. */
enum language web_language(const char *accept, enum language otherwise);

/* Does If-None-Match name the tag? NULL does not. */
bool web_has_tag(const char *if_none_match, const char *tag);
