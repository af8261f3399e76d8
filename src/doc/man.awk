# Turns a page of this directory into a manual page: awk -f man.awk PAGE.md > PAGE.N
#
# The page's first line is a comment that says NAME SECTION and what it is. Of Markdown this knows what the pages
# use, each on a line of its own: headings, paragraphs, items, fenced blocks, tables of two columns. An item or a
# row that begins with `code` and a colon becomes a tagged paragraph.

# Text for roff: `code` is bold, *words* are italic, of [text](where) the text is left.
function roff(text, parts, n, i, out) {
	n = split(text, parts, "`")
	for (i = 1; i <= n; i++)
		out = out (i % 2 ? plain(parts[i]) : "\\fB" code(parts[i]) "\\fR")
	return out
}

function code(text) {
	gsub(/\\\|/, "|", text)
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

function plain(text, part) {
	gsub(/\\/, "", text)
	while (match(text, /\[[^]]*\]\([^)]*\)/)) {
		part = substr(text, RSTART + 1, RLENGTH - 2)
		sub(/\].*/, "", part)
		text = substr(text, 1, RSTART - 1) part substr(text, RSTART + RLENGTH)
	}
	gsub(/\*\*/, "", text)
	while (match(text, /\*[^*]+\*/))
		text = substr(text, 1, RSTART - 1) "\\fI" substr(text, RSTART + 1, RLENGTH - 2) "\\fR" \
			substr(text, RSTART + RLENGTH)
	return text
}

# A line that begins with . or ' is a request.
function put(text) {
	print (text ~ /^[.']/ ? "\\&" : "") text
}

function tagged(tag, text) {
	print ".TP"
	put(roff(tag))
	put(roff(text))
}

function put_row(cells) {
	if (row == "")
		return
	gsub(/\\\|/, "\001", row)
	split(row, cells, / *\| */)
	gsub(/\001/, "|", cells[2])
	gsub(/\001/, "|", cells[3])
	tagged(cells[2], cells[3])
	row = ""
}

NR == 1 {
	if ($1 != "<!--" || $2 != "man:") {
		print FILENAME ": the first line does not say which manual page it is" > "/dev/stderr"
		exit 1
	}
	about = $0
	sub(/^[^:]*: *[^ ]* [^ ]* /, "", about)
	sub(/ *-->$/, "", about)
	printf ".TH %s %s \"\" \"restage\"\n.SH NAME\n%s \\- %s\n", toupper($3), $4, $3, about
	next
}

!/^\|/ {
	put_row()
}

# What stands before the first section is for the page.
/^## / {
	is_body = 1
	print ".SH " toupper(substr($0, 4))
	next
}

!is_body {
	next
}

/^```/ {
	is_block = !is_block
	print (is_block ? ".PP\n.RS 4\n.nf" : ".fi\n.RE")
	next
}

is_block {
	put(code($0))
	next
}

/^###+ / {
	sub(/^#+ /, "")
	gsub(/`/, "")
	print ".SS " code($0)
	next
}

match($0, /^- `[^`]*`(, `[^`]*`)*:/) {
	tagged(substr($0, 3, RLENGTH - 3), substr($0, RLENGTH + 2))
	next
}

/^- / {
	print ".IP \\(bu 2"
	put(roff(substr($0, 3)))
	next
}

/^$/ {
	next
}

# The row before the line of dashes is the heads of the columns.
/^\|[-|]+$/ {
	row = ""
	next
}

/^\|/ {
	put_row()
	row = $0
	next
}

{
	print ".PP"
	put(roff($0))
}

END {
	put_row()
}
