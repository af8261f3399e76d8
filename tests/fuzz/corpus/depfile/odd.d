x : C:\a\b c\
 d
# none
no rule