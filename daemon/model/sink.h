/* Through this the engine hands over what it found; a store, or a test, stands behind it.
 *
 * Order within one scan, per (account, scope, region, collector): pass_begin, any number of known()
 * and resource(), then pass_end with the coverage. Passes overlap. A pass that was begun is always
 * ended. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"
#include "daemon/model/coverage.h"
#include "daemon/model/denial.h"
#include "daemon/model/resource.h"

struct sink {
        void *user;

        /* Was that collector's last answer there whole, at or after not_before_usec, with nothing
         * to be confirmed? Then what it found is kept as it is, 1 is returned and no pass begins.
         * Else 0. May be NULL. */
        int (*pass_known)(void *user, const struct place *place, const char *collector,
                          uint64_t not_before_usec, struct error *err);

        /* The refused calls that are remembered of a place, in no order; one that cb fails at ends
         * it. This and the next three may be NULL, all together. */
        int (*denied)(void *user, const struct place *place,
                      int (*cb)(void *to, const struct denied_call *d), void *to,
                      struct error *err);
        /* It was refused: in the place of what was remembered of it. */
        int (*deny)(void *user, const struct place *place, const struct denied_call *d,
                    struct error *err);
        /* It was answered, of d collector and part: forgotten. */
        int (*allow)(void *user, const struct place *place, const struct denied_call *d,
                     struct error *err);
        /* What the account signs in with: when it is other than the last time, all that was refused
         * to the account is forgotten. The fingerprint is made of secrets, and not to be kept as it
         * is. */
        int (*signs_in)(void *user, const char *account,
                        const unsigned char fingerprint[static SHA256_BYTES], struct error *err);

        /* A handle for the pass, given back in the other calls. */
        int (*pass_begin)(void *user, const struct place *place, const char *collector,
                          void **ret_pass, struct error *err);

        /* Is r (as listed, without details) there already with the same listed_digest and complete
         * details, asked at or after not_before_usec? Then its detail calls are saved: 1, and the
         * pass counts it as seen. Else 0. With 1, ret_facts (may be NULL) is what is known of it, a
         * new reference. */
        int (*known)(void *user, void *pass, const struct resource *r, uint64_t not_before_usec,
                     json_t **ret_facts, struct error *err);

        int (*resource)(void *user, void *pass, const struct resource *r, struct error *err);

        int (*pass_end)(void *user, void *pass, const struct coverage *coverage, struct error *err);
};
