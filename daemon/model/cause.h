/* Why something is not known or was not read, in the reader's language. A cause is made in English
 * where a reading fails, and kept so; the words of the law directory ("causes": {cause: {en, fr}})
 * say it. In a key, {x} and after it {y} stand for names. */
#pragma once

#include "daemon/model/text.h"

#include <jansson.h>

/* The cause in every language, which the caller frees; 0 when the words have none of it, negative
 * for want of memory. Causes stand behind the place they are of ("aws.bedrock.agent, eu-west-3:
 * denied: …"), and in each other; what words do not know of them stays as it is. about is what {x}
 * stands for, where the cause is a key itself; else NULL. */
int cause_say(const json_t *words, const char *cause, const char *about, char *ret[LANGUAGE_MAX]);
