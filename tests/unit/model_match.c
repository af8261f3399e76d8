/* Tables, and whose files a stage reads: each case is the keys of a stage that makes, those of one
 * that reads, and what an instance of it is given. */
#include "model_definition_test.h"

static void write_sheet(void)
{
	test_write("u.csv", "sample,lane,patient,status,fq,fq2\n"
			    "A,L1,P1,0,a1.fq,\n"
			    "A,L2,P1,0,a2.fq,a2b.fq\n"
			    "B,L1,P1,1,\"b,1.fq\",\n"
			    "C,L1,P2,0,c1.fq,\n");
}

#define TABLE "[table:u]\nfile = u.csv\nkey = sample lane\n"
#define ROWS "foreach.unit = {{tables.u}}\n"
#define SAMPLES "foreach.sample = {{tables.u.sample}}\n"
#define PATIENTS "foreach.patient = {{tables.u.patient}}\n"

static const struct {
	const char *maker, *reader, *reference, *instance, *files;
} cases[] = {
	/* the same name */
	{SAMPLES, SAMPLES, "m.o", "B", "B"},
	{ROWS, ROWS, "m.o", "A_L2", "A_L2"},
	{SAMPLES, "foreach.sample = B\n", "m.o", "B", "B"},
	{"foreach.e = in/x.wav\n  in/y.wav\n", "foreach.e = y\n", "m.o", "y", "y"},
	{ROWS "foreach.unit.name = {{each.unit.fq | strip .fq}}\n", ROWS, "m.o", "A_L2", "a2"},
	/* rows that meet */
	{ROWS, SAMPLES, "m.o", "A", "A_L1 A_L2"},
	{ROWS, PATIENTS, "m.o", "P1", "A_L1 A_L2 B_L1"},
	{SAMPLES, ROWS, "m.o", "B_L1", "B"},
	{SAMPLES, PATIENTS, "m.o", "P1", "A B"},
	{PATIENTS, SAMPLES, "m.o", "C", "P2"},
	{ROWS, "foreach.row = {{tables.u}}\n", "m.o", "A_L2", "A_L2"},
	{ROWS "foreach.chr = 1\n  2\n", SAMPLES "foreach.chr = 2\n  1\n", "m.o", "A,2",
		"A_L1,2 A_L2,2"},
	/* a key that is called like a column */
	{ROWS, "foreach.patient = P1\n  P2\n", "m.o", "P2", "C_L1"},
	{SAMPLES, "foreach.patient = P1\n  P2\n", "m.o", "P1", "A B"},
	{ROWS, "foreach.lane = L2\nforeach.status = 0\n", "m.o", "L2,0", "A_L2"},
	/* every value */
	{ROWS, "foreach.x = 1\n", "m.o", "1", "A_L1 A_L2 B_L1 C_L1"},
	{"foreach.chr = 1\n  2\n", SAMPLES, "m.o", "C", "1 2"},
	/* chosen */
	{SAMPLES, ROWS, "m[C].o", "A_L1", "C"},
	{SAMPLES, SAMPLES, "m[*].o", "A", "A B C"},
	{ROWS, SAMPLES, "m[?_L2].o", "B", "A_L2"},
	{SAMPLES, PATIENTS, "m[status=1].o", "P1", "B"},
	{SAMPLES, PATIENTS, "m[patient={{each.patient}}, status=0].o", "P1", "A"},
	{ROWS, SAMPLES, "m[sample={{each.sample}},lane=L*].o", "A", "A_L1 A_L2"},
	{ROWS, SAMPLES, "m[{{each.sample}}_L1].o", "B", "B_L1"},
	{SAMPLES "foreach.chr = 1\n  2\n", "foreach.chr = 2\n", "m[sample=B].o", "2", "B,2"},
	{SAMPLES "foreach.chr = 1\n  2\nexclude = sample=A chr=2\n", "foreach.chr = 2\n", "m.o",
		"2", "B,2 C,2"},
	{SAMPLES "foreach.chr = 1\n  2\nexclude = sample.patient=P1 chr=2\n", PATIENTS, "m.o", "P1",
		"A,1 B,1"},
	{SAMPLES "foreach.chr = 1\n  2\nexclude = sample=A chr=2\n", SAMPLES, "m[chr=?].o", "A",
		"A,1"},
};

static void it_is_clear_whose_file_is_read(void **state)
{
	(void)state;
	write_sheet();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = {0}, expected = {0};
		char name[64], files[200], *rest = NULL;
		buf_fmt(&text,
			TABLE "[stage:m]\ncommand = true\n%soutput.o = o\n"
			      "[stage:r]\ncommand = true\n%sinput.i = {{%s}}\n",
			cases[i].maker, cases[i].reader, cases[i].reference);
		load_good(buf_text(&text));
		snprintf(files, sizeof files, "%s", cases[i].files);
		for (char *at = strtok_r(files, " ", &rest); at; at = strtok_r(NULL, " ", &rest))
			buf_fmt(&expected, "%si=out/p/01_m/%s/o", expected.len ? " " : "", at);
		snprintf(name, sizeof name, "r/%s", cases[i].instance);
		assert_string_equal(files_of(name), buf_text(&expected));
		buf_free(&text);
		buf_free(&expected);
	}
}

static void a_reference_in_brackets_is_no_pattern(void **state)
{
	(void)state;
	write_sheet();
	load_good(TABLE "[stage:m]\ncommand = true\n" SAMPLES "output.d = d/\n"
			"[stage:r]\ncommand = true\n" SAMPLES
			"input.i = {{m[sample={{each.sample | stem}}].d}}/x.txt\n"
			"config.c = {{m[B].d | name}}\n");
	assert_string_equal(files_of("r/A"), "i=out/p/01_m/A/d/x.txt");
	assert_string_equal(pairs_of(stage_of("r/A")->config), "c=d");
}

static const struct {
	const char *maker, *reader, *reference, *said;
} wrong[] = {
	{"foreach.e = 1\n  3\n", "foreach.e = 2\n", "m.o",
		"stage 'm' has no instance with e '2'; its e is '1', '3'"},
	{"foreach.sample = {{tables.u.sample}}\nexclude = sample=C\n", PATIENTS, "m.o",
		"stage 'm' has no instance with these values together"},
	{SAMPLES, "foreach.patient = P9\n", "m.o",
		"stage 'm' has no instance whose sample has patient 'P9' in its rows"},
	{SAMPLES, SAMPLES, "m[Z].o", "stage 'm' has no instance 'Z'"},
	{SAMPLES, SAMPLES, "m[sample=Z].o", "stage 'm' has no instance with sample 'Z'"},
	{SAMPLES, SAMPLES, "m[patiend=P1].o", "stage 'm' has no key or column 'patiend'"},
	{SAMPLES, SAMPLES, "m[sample=A, P1].o", "'P1' is not KEY=VALUE"},
	{SAMPLES, SAMPLES, "m[{{each.sample.none}}].o", "there is no such column in table 'u'"},
	{"", SAMPLES, "m[A].o", "stage 'm' has no foreach to choose from"},
	{SAMPLES, ROWS, "m[{{each.unit.fq2}}].o", "the name in brackets is empty"},
};

static void that_nothing_fits_is_a_mistake(void **state)
{
	(void)state;
	write_sheet();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct buf text = {0};
		buf_fmt(&text,
			TABLE "[stage:m]\ncommand = true\n%soutput.o = o\n"
			      "[stage:r]\ncommand = true\n%sinput.i = {{%s}}\n",
			wrong[i].maker, wrong[i].reader, wrong[i].reference);
		load(buf_text(&text));
		if (!strstr(said, wrong[i].said))
			fail_msg("expected \"%s\", got \"%s\"", wrong[i].said, said);
		buf_free(&text);
	}
	load_good(TABLE "[stage:m]\ncommand = true\n" SAMPLES "output.o = o\n"
			"[stage:r]\ncommand = true\ninput.i = {{m[Z].o | else x}}\n"
			"input.k = {{m[sample=Z].o}}\ninput.k.optional = yes\n");
	assert_string_equal(files_of("r"), "i=x");
}

static void cells_are_values(void **state)
{
	(void)state;
	write_sheet();
	load_good(TABLE
		"[stage:m]\ncommand = echo {{each.unit.fq}} {{config.p}}\n" ROWS
		"input.a = {{each.unit.fq}}\ninput.b = {{each.unit.fq2}}\n"
		"input.b.optional = yes\ninput.c = {{each.unit.fq2 | else {{each.unit.fq}}}}\n"
		"config.p = {{each.unit.patient}}\nthreads = 1{{each.unit.status | else 2}}\n"
		"enabled = {{each.unit.lane}} != L2\n");
	assert_string_equal(command_of("m/B_L1"), "echo b,1.fq P1");
	assert_string_equal(files_of("m/A_L1"), "a=a1.fq c=a1.fq");
	assert_string_equal(files_of("m/A_L2"), "a=a2.fq b=a2b.fq c=a2b.fq");
	assert_true(stage_of("m/A_L2")->flags & STAGE_DISABLED);
	assert_string_equal(pairs_of(stage_of("m/A_L2")->each), "unit=A_L2");
	load_good(TABLE "[stage:m]\ncommand = echo {{each.sample.patient}}\n" SAMPLES);
	assert_string_equal(command_of("m/B"), "echo P1");
	mistake(TABLE "[stage:m]\ncommand = echo {{each.sample.lane}}\n" SAMPLES, 5,
		"'{{each.sample.lane}}' is 'L1' in line 2 of u.csv, and 'L2' in line 3: it has to "
		"be the same in all rows of 'A'");
	mistake(TABLE "[stage:m]\ncommand = true\n" ROWS "input.b = {{each.unit.fq2}}\n", 7,
		"'input.b' has no file, since a cell in line 2 of its table is empty");
	mistake(TABLE "[stage:m]\ncommand = true\n" ROWS "output.o = x/{{each.unit.fq2}}\n", 7,
		"'output.o' names a cell of line 2 of its table, which is empty");
	mistake(TABLE "[stage:m]\ncommand = echo {{each.unit.fg}}\n" ROWS, 5,
		"there is no such column in table 'u'; did you mean 'fq'?");
	mistake(TABLE "[stage:m]\ncommand = echo {{tables.u}}\n", 5,
		"'{{tables.u}}' cannot stand in a command");
	mistake(TABLE "[stage:m]\ncommand = true\nforeach.x = {{tables.v}}\n", 6,
		"there is no table 'v'");
	mistake(TABLE "[stage:m]\ncommand = true\nforeach.x = {{tables.u.sampel}}\n", 6,
		"table 'u' has no column 'sampel'; did you mean 'sample'?");
}

static void only_cells_that_are_named_count(void **state)
{
	(void)state;
	write_sheet();
	const char *text =
		TABLE "[stage:m]\ncommand = echo {{each.unit.fq}}\n" ROWS "output.o = o\n";
	load_good(text);
	struct keys was = keys_of("m/A_L1"), other = keys_of("m/A_L2");
	test_write("u.csv", "new,fq2,fq,lane,sample\n1,x,a1.fq,L1,A\n2,y,new.fq,L2,A\n");
	load_good(text);
	for (enum key_part i = 0; i < KEY_STATIC_COUNT; i++)
		assert_true(same_key(was, keys_of("m/A_L1"), i));
	assert_false(same_key(other, keys_of("m/A_L2"), KEY_COMMAND));
}

static void rows_and_values_of_columns_can_be_named(void **state)
{
	(void)state;
	write_sheet();
	load_good(TABLE "[stage:m]\ncommand = echo {{each.unit}} {{stage.instance}}\n" ROWS
			"foreach.unit.name = {{each.unit.patient}}-{{each.unit.fq | stem}}\n"
			"output.o = o\n[stage:r]\ncommand = true\n" SAMPLES
			"foreach.sample.name = {{each.sample.patient}}{{each.sample}}\n"
			"input.i = {{m.o}}\n");
	assert_string_equal(command_of("m/P1-a2"), "echo A_L2 P1-a2");
	assert_string_equal(files_of("r/P1A"), "i=out/p/01_m/P1-a1/o i=out/p/01_m/P1-a2/o");
	mistake(TABLE "[stage:m]\ncommand = true\n" ROWS "foreach.unit.name = {{each.unit.lane}}\n",
		6, "'A_L1' and 'B_L1' would both be instance 'L1'");
}

static void a_table_may_stand_in_place(void **state)
{
	(void)state;
	load_good(
		"[params]\np = P1\n[table:u]\ncolumns = sample lane\n  fq\nrows =\n"
		"  A L1 \"a 1.fq\"\n  # no row\n  A L2 \"say \"\"x\"\"\"\n  {{params.p}} L1 \"\"\n"
		"key = sample lane\n[stage:m]\ncommand = echo {{each.unit.fq}}\n" ROWS);
	assert_string_equal(command_of("m/A_L1"), "echo 'a 1.fq'");
	assert_string_equal(command_of("m/A_L2"), "echo 'say \"x\"'");
	stage_of("m/P1_L1");
}

static void sheets_may_have_tabs(void **state)
{
	(void)state;
	test_write("u.tsv", "\xef\xbb\xbf"
			    "a\tb\tc\r\n1\t\tx y\r\n\r\n2\t\"q\tr\"\t\r\n");
	load_good("[table:u]\nfile = u.tsv\n[stage:m]\n"
		  "command = echo {{each.unit.b | else -}} {{each.unit.c | else -}}\n" ROWS);
	assert_string_equal(command_of("m/1"), "echo - 'x y'");
	assert_string_equal(command_of("m/2"), "echo 'q\tr' -");
}

static void all_mistakes_of_a_sheet_are_told_with_their_lines(void **state)
{
	(void)state;
	test_write("u.csv", "a,b,,a\n1,2,3,4\n5,6\n\n1,x,y,z\n,x,y,z\n7,\"l\n2\",,\n8,,,,\n");
	load("[table:u]\nfile = u.csv\nkey = a z\ncolour = red\n[stage:m]\ncommand = true\n" ROWS);
	assert_said("p.ini:3: table 'u' has no column 'z'; did you mean 'a'?\n"
		    "p.ini:4: [table:u]: unknown key 'colour'\n"
		    "u.csv:1: column 3 has no name\n"
		    "u.csv:1: two columns are called 'a'\n"
		    "u.csv:3: the row has 2 cells, and there are 4 columns\n"
		    "u.csv:5: its key is that of line 2; name more columns in 'key'\n"
		    "u.csv:6: the cell of column 'a' is empty, which is part of the key\n"
		    "u.csv:7: the cell of column 'b' holds a line end\n"
		    "u.csv:9: the row has 5 cells, and there are 4 columns");
	test_write("u.csv", "a,b\n1,2\n3,\"x\n4,5\n");
	load("[table:u]\nfile = u.csv\n[stage:m]\ncommand = true\n");
	assert_said("u.csv:3: a quote that opens here is not closed");
	test_write("u.csv", "a,b\n1,2\n3,x\"y\n4,5\n");
	load("[table:u]\nfile = u.csv\n[stage:m]\ncommand = true\n");
	assert_said("u.csv:3: a quote stands within a cell: quote the whole cell, and double the "
		    "quotes in it");
	test_write("u.csv", "");
	load("[table:u]\nfile = u.csv\n[table:v]\nfile = none.csv\n[table:w]\n[table:x.y]\n"
	     "columns = a\nrows = 1\n  1\n[stage:m]\ncommand = true\n");
	assert_non_null(strstr(said, "u.csv: there is no header line"));
	assert_non_null(strstr(said, "p.ini:4: "));
	assert_non_null(
		strstr(said, "p.ini:5: [table:w]: it takes 'file', or 'columns' and 'rows'"));
	assert_non_null(strstr(said, "p.ini:6: 'x.y' is no name for a table"));
	assert_non_null(strstr(said, "p.ini:9: its key is that of line 8"));
	mistake("[table:u]\nfile = out/p/01_a/u.csv\n[stage:m]\ncommand = true\n", 2,
		"lies in the job's directory");
	test_write("u.csv", "a\n1\n");
	mistake("[table:u]\nfile = u.csv\n[stage:m]\ncommand = true\noutput.o = {{root}}/u.csv\n",
		5, "'u.csv', which the pipeline is made from");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(it_is_clear_whose_file_is_read),
		TEST_DEFINITION(a_reference_in_brackets_is_no_pattern),
		TEST_DEFINITION(that_nothing_fits_is_a_mistake),
		TEST_DEFINITION(cells_are_values),
		TEST_DEFINITION(only_cells_that_are_named_count),
		TEST_DEFINITION(rows_and_values_of_columns_can_be_named),
		TEST_DEFINITION(a_table_may_stand_in_place),
		TEST_DEFINITION(sheets_may_have_tabs),
		TEST_DEFINITION(all_mistakes_of_a_sheet_are_told_with_their_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
