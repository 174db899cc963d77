/* Keys for tests of Hugging Face, Replicate and Mistral. */
#pragma once

/* $CREDENTIALS_DIRECTORY is the folder, with essai.admin_key in it; NULL: without. */
void mlaas_admin_key(const char *folder, const char *key);
