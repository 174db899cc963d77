#include "daemon/base/version.h"

#ifndef VIGIE_COMMIT /* set for this file alone: a new commit is no reason to build all again */
#define VIGIE_COMMIT "unknown"
#endif

const char *version_commit(void)
{
        return VIGIE_COMMIT;
}
