/* Memory that a program which waits does not need. */
#pragma once

/* Gives back what the allocator holds free, and the pages of program and libraries that were read
 * from their files and never written: whoever runs again finds them in the page cache, and under
 * pressure the kernel may drop them. */
void memory_rest(void);
