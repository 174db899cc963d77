/* The version, in one place: the Makefile and the documents read it from here. */
#pragma once

#define VIGIE_VERSION "0.1.0"

/* What it was built from, as Git abbreviates it; "unknown" outside a clone. */
const char *version_commit(void);
