/* The page of `restage report` and `restage serve`, and the data it is made of.
 *
 * page.html is one file that asks nobody for anything: build.mjs bundles the sources of this folder
 * and writes it. restage embeds it and replaces the text in its data tag by one JSON object, in which
 * '<', '>', '&' and the two line separators of Unicode are written as \u escapes, so that nothing in
 * it can end the tag. Much data is packed: {"schema", "deflate": the object as zlib packs it, in
 * base64}. The Content-Security-Policy names the digests of the one script and the one
 * style, and allows connections to the page's own origin only: that is for `serve`; a page opened
 * from disk connects to nothing.
 *
 * Names, commands and lines of logs come from anywhere. They become text nodes and attributes and
 * never markup, and characters that would act (controls, bidirectional overrides) are shown by their
 * numbers: see dom.js.
 *
 * restage.report/1
 *
 *	schema, version, generated_at        "restage.report/1", restage's version, ISO 8601
 *	root         how the root is reached from where the page lies, for links to files; null: it is not
 *	live         null in a file; from `serve` {"events": address of the stream, "file": address to which
 *	             "?stage=...&path=..." is added for a file that a stage made}
 *	pipeline, job, job_dir, description  of the pipeline; description may be null
 *	run          id of the run that the page is about; null if the job never ran
 *	graph        what `restage graph --format json` prints (restage.graph/1); each stage may have a
 *	             "rank" besides: how many stages are before it on the longest way
 *	stages       in order of definition: Stage below; outputs in their manifests whose attribute
 *	             "report" is a caption are in "embedded", by path, in base64, where they are not too large
 *	jobs         metrics of the jobs of the pipeline, this one among them: {"rows": as `restage metrics
 *	             --json` has them, "more": how many older ones were left out}; null: it is the only one
 *	media_types  by extension, of files that the page can show
 *	runs         records of runs, oldest first, each with the lines of logs/99_pipeline_*.jsonl as
 *	             objects (restage.run/1). One is enough; more give history: the attempts before, and
 *	             what changed since
 *	pipeline_log text of the run's log
 *
 * Everything but schema may be absent: the page shows what is there. Unknown members are ignored.
 *
 * Live. Each event of the stream is one further line of the run's record, or
 *
 *	{"event":"stage","stage":name,"manifest":object?,"log":text?,"log_more":text?,"log_truncated"?}
 *	{"event":"pipeline_log","text":text?,"more":text?}
 *
 * where log and text replace what was there, and log_more and more are appended. A run_begin of a run
 * that is not there yet makes it the one that is shown. Events carry ids, so that a broken stream
 * resumes where it broke. The page is a function of the data and the events after it: read.js
 * reduces both in the same way. */

/** @typedef {{code: string, about: string | null, message: string}} Reason */

/** A tracked file as a manifest has it.
 * @typedef {{path: string, type?: string, label?: string, origin?: string, size_bytes?: number,
 *   checksum?: string | null, mtime_ns?: string | null, missing?: boolean, retained?: boolean,
 *   reason?: string, changed_during_run?: boolean, track?: string, report?: string}} ManifestFile */

/** Where results come from that the shared cache had.
 * @typedef {{run?: string | null, job?: string | null, host?: string | null}} Origin */

/** manifest.json of a stage; what the page needs of it.
 * @typedef {{status?: string, restored_from?: Origin, run?: string, attempt?: number, timestamp?: string,
 *   completed_at?: string | null, duration_seconds?: number | null, command?: string | null,
 *   exit_code?: number | null, signal?: number, reason?: string, reasons?: Reason[],
 *   inputs?: ManifestFile[], outputs?: ManifestFile[], intermediate_files?: ManifestFile[],
 *   config?: Record<string, unknown>, tools?: Record<string, string>, env?: Record<string, string>, executor?: Executor,
 *   resources?: Resources, metrics?: Record<string, unknown>, costs?: unknown, errors?: unknown[], warnings?: unknown[], warning_count?: number,
 *   accepted?: unknown, untracked?: string[]}} Manifest */

/** Where an attempt ran, if not where restage did.
 * @typedef {{kind?: string, job_id?: string | null, host?: string | null, queued_seconds?: number | null}} Executor */

/** @typedef {{cpu_user_seconds?: number, cpu_system_seconds?: number, cpu_seconds?: number,
 *   cpu_percent?: number, memory_mb?: number, read_mb?: number, written_mb?: number,
 *   gpu_used?: string, gpu_percent?: number, gpu_memory_mb?: number, gpu_seconds?: number, gpu_scope?: string, gpus?: string[],
 *   [name: string]: unknown}} Resources */

/** @typedef {{name: string, number?: number, state?: string, description?: string | null,
 *   tags?: string[], allow_failure?: boolean, embedded?: Record<string, string>, manifest?: Manifest | null,
 *   last_success?: Manifest, log?: string | null, log_truncated?: boolean}} Stage */

/** @typedef {{name: string, section?: string, number?: number, dir?: string, state?: string,
 *   duration_seconds?: number | null, critical?: boolean, needs?: string[], rank?: number}} GraphStage */

/** @typedef {{stages?: GraphStage[], critical_path?: string[]}} Graph */

/** path, checksum, size, mtime
 * @typedef {[string, (string | null)?, (number | null)?, (number | string | null)?]} RecordFile */

/** One line of a run's record. Members depend on the event; all are checked where they are used.
 * @typedef {{event: string, at?: number, stage?: string, stages?: unknown, time?: string,
 *   run?: string, pipeline?: string, job?: string, version?: string, host?: string,
 *   processors?: number, selected?: unknown, level?: string, text?: string, reason?: string,
 *   by?: string, attempt?: number, reasons?: Reason[], command?: string, seconds?: number,
 *   fraction?: number | null, resources?: Resources, exit_code?: number | null,
 *   signal?: number | string | null, delay_seconds?: number, cost?: number | null,
 *   currency?: string | null, costs?: Record<string, number>, warnings?: number, inputs?: RecordFile[], outputs?: RecordFile[],
 *   inputs_more?: {count?: number}, outputs_more?: {count?: number},
 *   config?: Record<string, unknown>, tools?: Record<string, string>, tail?: string[], executor?: Executor,
 *   metrics?: Record<string, unknown>, params?: Record<string, string>, interrupted?: boolean | number, allowed?: boolean, outcome?: string, error?: string,
 *   ran?: number, fresh?: number, skipped?: number, failed?: number, blocked?: number,
 *   allowed_failures?: number, cpu_seconds?: number, saved_seconds?: number, bytes?: number,
 *   total?: number, log?: string | null, log_more?: string, log_truncated?: boolean,
 *   manifest?: Manifest | null, last_success?: Manifest, more?: string, env_digest?: string, command_digest?: string,
 *   restored_from?: Origin}} Line */

/** @typedef {{run: string, record: Line[]}} RunData */

/** @typedef {{job: string, params?: Record<string, string>, metrics?: Record<string, number>}} JobRow */

/** @typedef {{schema: string, jobs?: {rows: JobRow[], more?: number} | null, version?: string, generated_at?: string,
 *   live?: {events: string, file?: string} | null, root?: string | null, media_types?: Record<string, string>, pipeline?: string | null, job?: string, job_dir?: string,
 *   description?: string | null, run?: string | null, graph?: Graph, stages?: Stage[],
 *   runs?: RunData[], pipeline_log?: string | null}} ReportData */

export {};
