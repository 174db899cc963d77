#include "daemon/watch/registers.h"

#include "daemon/watch/setup.h"

int registers_read(json_t **ret, const char *config_path, uint64_t date_usec, struct error *err)
{
        _cleanup_(setup_freep) struct setup *setup = NULL;
        json_t *rows;
        int r = setup_read(&setup, config_path, err);

        if (r < 0)
                return r;
        rows = judge_registers_json(setup->judge, date_usec);
        if (!rows)
                return error_oom(err);
        *ret = rows;
        return 0;
}
