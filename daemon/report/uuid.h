/* Names of things in formats that want UUIDs: the same thing has the same one, on every machine. */
#pragma once

enum { UUID_TEXT_MAX = 37 };

/* UUID version 5 (RFC 9562) of kind ("finding"…) and id, in vigie's own name space, into text;
 * returns text. */
char *uuid_of(const char *kind, const char *id, char text[static UUID_TEXT_MAX]);
