/* Orders for qsort and bsearch. An element is what the order's name says, or begins with it. */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

int order_texts(const void *a, const void *b);   /* const char *, by bytes */
int order_natural(const void *a, const void *b); /* const char *, numbers in them by value */
int order_u32(const void *a, const void *b);
int order_u64(const void *a, const void *b);

#endif
