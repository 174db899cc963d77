/* What is in force: configuration, catalogue and rules, read together and replaced together, so
 * that a reload is either whole or refused. */
#pragma once

#include "daemon/engine/catalogue.h"
#include "daemon/judge/judge.h"
#include "daemon/watch/config.h"

struct setup {
        struct config *config;
        struct catalogue *catalogue;
        struct judge *judge; /* borrows config's policy */
        struct files *files; /* what they were made of; NULL: not kept */
        char *data_dir;
};

/* config_path NULL: the default one, if it is there. */
int setup_load(struct setup **ret, const char *config_path, struct error *err);
/* Configuration and judge alone, for what asks no cloud: no credentials are looked for, there may
 * be no account, and no catalogue. */
int setup_read(struct setup **ret, const char *config_path, struct error *err);
/* For who keeps it long: what no account's provider needs is forgotten, and the rest can be let go
 * of for a while. */
int setup_load_long(struct setup **ret, const char *config_path, struct error *err);
/* Between scans: catalogue and judge are given back, setup_wake() makes them again as they were,
 * whatever has become of the files. 0 when they are there; -ENOMEM. */
void setup_rest(struct setup *s);
int setup_wake(struct setup *s, struct error *err);
struct setup *setup_free(struct setup *s);
DEFINE_CLEANUP(struct setup *, setup_free);

/* The rules and words alone, for explaining one without scan or configuration; new references. */
int setup_rules(json_t **ret_rules, json_t **ret_words, struct error *err);
/* The catalogue alone, with what the configuration's overrides put in its place. */
int setup_catalogue(struct catalogue **ret, const char *config_path, struct error *err);
