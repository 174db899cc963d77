#include "daemon/store/snapshot.h"

#include "daemon/base/log.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <string.h>

enum { DIRS_MAX = 256, KEY_BYTES_MAX = 4096, KEY_TIMESTAMP_CA = 256 };

struct verify_options {
        struct options common;
        const char *key, *timestamp_ca, *dirs[DIRS_MAX];
        size_t n_dirs;
};

static const struct argp_option verify_options[] = {
        { "key", 'k', "FILE", 0,
          N_("they must be signed by this public key (PEM), not just by the one beside them"), 0 },
        { "timestamp-ca", KEY_TIMESTAMP_CA, "FILE", 0,
          N_("time stamps must be of an authority below these certificates (PEM), not just whole"),
          0 },
        { 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct verify_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'k':
                o->key = arg;
                return 0;
        case KEY_TIMESTAMP_CA:
                o->timestamp_ca = arg;
                return 0;
        case ARGP_KEY_ARG:
                if (o->n_dirs == DIRS_MAX)
                        argp_error(state, _("more than %d folders"), DIRS_MAX);
                o->dirs[o->n_dirs++] = arg;
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, _("which snapshot, or folder of snapshots?"));
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int on_fault(void *user, const char *snapshot, const char *file, const char *what)
{
        (void)printf("%s%s%s: %s\n", snapshot, *file ? "/" : "", file, what);
        return 0;
}

static int read_key(const char *path, char *text, size_t size, struct error *err)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        char hex[SHA256_HEX_MAX];
        size_t n;

        if (!f)
                return error_set(err, -EINVAL, "%s: %s", path, strerror(errno));
        n = fread(text, 1, size - 1, f);
        text[n] = '\0';
        return signature_fingerprint(text, hex, err) < 0 ? error_wrap(err, -EINVAL, "%s", path) : 0;
}

static void tell(const struct snapshot_check *check)
{
        (void)printf(_("%u snapshots, %u of them without their files by their time, %llu files "
                       "read: %u faults\n"),
                     check->snapshots, check->pruned, (unsigned long long)check->files,
                     check->faults);
        if (check->key[0])
                (void)printf(_("signed by the key %s%s\n"), check->key,
                             check->several_keys ? _(" and others") : "");
        if (check->stamped > 0)
                (void)printf(_("%u with a time stamp by %s%s%s\n"), check->stamped,
                             check->authority, check->several_authorities ? _(" and others") : "",
                             check->timestamp_ca
                                     ? ""
                                     : _(": who that is was not checked (--timestamp-ca "
                                         "FILE)"));
}

static int verify(const struct verify_options *o)
{
        struct snapshot_check check = { .on_fault = on_fault };
        char key[KEY_BYTES_MAX];
        struct error err = { 0 };
        int r = o->key ? read_key(o->key, key, sizeof(key), &err) : 0;

        check.public_pem = o->key ? key : NULL;
        check.timestamp_ca = o->timestamp_ca;
        if (r == 0 && o->timestamp_ca)
                r = timestamp_check_ca(o->timestamp_ca, &err);
        for (size_t i = 0; r >= 0 && i < o->n_dirs; i++)
                r = snapshot_verify(&check, o->dirs[i], &err);
        if (r < 0)
                return options_fail(&err, r);
        tell(&check);
        return check.faults > 0 ? EXIT_FINDINGS : EXIT_CLEAN;
}

int cli_verify(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        _cleanup_(freep) char *doc = options_doc(
                _("Checks snapshots without store or network: every file against its digest, the "
                  "signature, and in a folder of them the chain from each to the one before."),
                _("Exit status: 0 whole; 1 could not be checked; 2 no snapshot there; 3 something "
                  "is missing, altered or in another order."));
        const struct argp argp = {
                .options = verify_options,
                .parser = on_option,
                .args_doc = N_("DIR…"),
                .doc = doc,
                .children = children,
        };
        struct verify_options o = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = verify(&o);
        options_done(&o.common);
        return status;
}
