a.o b.o: a.c in/x\ y.h \
  c$$d.h e\#f

a.c:
