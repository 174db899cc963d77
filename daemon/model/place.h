/* Where something is: the path from the configuration down to a region. Borrowed strings. */
#pragma once

struct place {
        const char *provider;
        const char *account; /* name of the configuration's entry */
        const char *scope;   /* "" while it is not known */
        const char *region;  /* the provider's code; "global" where a service has no regions */
};
