/* A throw-away folder of overrides for the judge's data files. */
#pragma once

#include "daemon/base/cleanup.h"

enum { JUDGE_FILES_MAX = 8 };

struct judge_files {
        char dir[64];
        char *names[JUDGE_FILES_MAX];
        size_t n;
};

void judge_files_init(struct judge_files *files);
/* name: "rules/x.yaml". */
void judge_files_write(struct judge_files *files, const char *name, const char *fmt, ...)
        _printf_(3, 4);
void judge_files_done(struct judge_files *files);
