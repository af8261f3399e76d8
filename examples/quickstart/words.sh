#!/bin/sh
# words.sh TEXT STOPWORDS: the words of a text, one a line, lower case; single letters and stop words
# are left out.
set -eu
tr -cs 'A-Za-z' '\n' <"$1" | tr 'A-Z' 'a-z' | grep -E '^..+$' | grep -vxFf "$2"
