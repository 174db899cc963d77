/* The header Link (RFC 8288): where the next page of a list is. */
#pragma once

/* The target whose relation is "next", on the heap; NULL when the header names none. A header that
 * was cut, or is written wrongly, names none from there on. */
char *link_next(const char *header);
