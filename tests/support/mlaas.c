#include "tests/support/mlaas.h"

#include <stdio.h>
#include <stdlib.h>

void mlaas_admin_key(const char *folder, const char *key)
{
        char path[512];
        FILE *f;

        (void)setenv("CREDENTIALS_DIRECTORY", folder, 1);
        (void)snprintf(path, sizeof(path), "%s/essai.admin_key", folder);
        (void)remove(path);
        f = key ? fopen(path, "we") : NULL;
        if (!f)
                return;
        (void)fprintf(f, "%s\n", key);
        (void)fclose(f);
}
