/* One run, from the lines of its record. runApply() takes one line more: a page from disk takes all
 * at once, a live one goes on as they come. */
import { costsOf } from './costs.js';

/** @typedef {import('./types.js').Line} Line */
/** @typedef {import('./types.js').Resources} Resources */
/** @typedef {import('./states.js').State} State */

/** @typedef {{at: number, memory: number | null, cpu: number | null,
 *   gpu: number | null, gpuMemory: number | null}} Sample */

/** One execution of a stage's command. Times are seconds since the run began.
 * @typedef {{run: string, stage: string, number: number, start: number, end: number | null,
 *   state: State, retried: boolean, exitCode: number | null,
 *   signal: number | string | null, command: string | null, text: string | null,
 *   reasons: import('./types.js').Reason[], resources: Resources, samples: Sample[],
 *   inputs: import('./types.js').RecordFile[] | null, outputs: import('./types.js').RecordFile[] | null,
 *   inputsMore: number, outputsMore: number, config: Record<string, unknown> | null,
 *   tools: Record<string, string> | null, executor: import('./types.js').Executor | null, costs: Record<string, number> | null, warningCount: number | null,
 *   metrics: Record<string, unknown> | null, envDigest: string | null, warnings: string[], tail: string[]}} Attempt */

/** @typedef {{state: State, text: string, attempts: Attempt[], progress: number | null,
 *   progressText: string}} StageRun */

/** @typedef {{at: number, stage: string | null, level: string, text: string}} Note */

/** @typedef {{run: string, begin: Line | null, end: Line | null, stages: Map<string, StageRun>,
 *   attempts: Attempt[], notes: Note[], last: number, processors: number | null}} Run */

/** @param {string} id @returns {Run} */
export function runNew(id) {
	return { run: id, begin: null, end: null, stages: new Map(), attempts: [], notes: [], last: 0,
		processors: null };
}

/** @param {Run} run @param {string} name */
function stageOf(run, name) {
	let stage = run.stages.get(name);
	if (!stage) {
		stage = { state: 'waiting', text: '', attempts: [], progress: null, progressText: '' };
		run.stages.set(name, stage);
	}
	return stage;
}

/** @param {Run} run @param {string} name @param {number} number @param {number} at */
function attemptStart(run, name, number, at) {
	/** @type {Attempt} */
	const attempt = { run: run.run, stage: name, number, start: at, end: null, state: 'running',
		retried: false, exitCode: null, signal: null, command: null, text: null,
		reasons: [], resources: {}, samples: [], inputs: null, outputs: null, inputsMore: 0,
		outputsMore: 0, config: null, tools: null, executor: null, costs: null, warningCount: null, metrics: null, envDigest: null,
		warnings: [], tail: [] };
	run.attempts.push(attempt);
	stageOf(run, name).attempts.push(attempt);
	return attempt;
}

/** The attempt that a line is about; made if its beginning was lost.
 * @param {Run} run @param {Line} line @param {number} at */
function attemptOf(run, line, at) {
	const stage = stageOf(run, String(line.stage));
	const last = stage.attempts[stage.attempts.length - 1];
	if (last && (line.attempt === undefined || last.number === line.attempt) && last.end === null)
		return last;
	return attemptStart(run, String(line.stage), line.attempt ?? 1, Math.max(0, at - (line.seconds ?? 0)));
}

/** @param {Run} run @param {Line} line @param {number} at @param {State} state */
function attemptEnd(run, line, at, state) {
	const attempt = attemptOf(run, line, at);
	attempt.end = line.seconds === undefined ? at : Math.max(attempt.start, attempt.start + line.seconds);
	attempt.state = state;
	attempt.exitCode = line.exit_code ?? null;
	attempt.signal = line.signal ?? null;
	attempt.text = line.text ?? null;
	attempt.resources = line.resources ?? {};
	attempt.inputs = Array.isArray(line.inputs) ? line.inputs : null;
	attempt.outputs = Array.isArray(line.outputs) ? line.outputs : null;
	attempt.inputsMore = line.inputs_more?.count ?? 0;
	attempt.outputsMore = line.outputs_more?.count ?? 0;
	attempt.config = line.config ?? null;
	attempt.tools = line.tools ?? null;
	attempt.executor = line.executor ?? null;
	attempt.costs = costsOf(line);
	attempt.warningCount = line.warnings ?? null;
	attempt.metrics = line.metrics ?? null;
	attempt.envDigest = line.env_digest ?? null;
	attempt.tail = Array.isArray(line.tail) ? line.tail.map(String) : [];
	const stage = stageOf(run, String(line.stage));
	stage.state = state;
	stage.text = attempt.text ?? '';
	stage.progress = null;
}

/** @param {Run} run @param {string} level @param {Line} line @param {string} [text] */
function note(run, level, line, text) {
	run.notes.push({ at: line.at ?? run.last, stage: line.stage ?? null, level,
		text: String(text ?? line.text ?? '') });
}

/** @param {Line} line */
function namesOf(line) {
	return Array.isArray(line.stages) ? line.stages.map(String) : [];
}

/** @type {Record<string, (run: Run, line: Line, at: number) => void>} */
const TAKE = {
	__proto__: /** @type {any} */ (null),
	run_begin(run, line) {
		run.begin = line;
		run.processors = typeof line.processors === 'number' ? line.processors : null;
	},
	notice(run, line) {
		note(run, line.level ?? 'INFO', line);
	},
	fresh(run, line) {
		for (const name of namesOf(line)) stageOf(run, name).state = 'fresh';
	},
	skip(run, line) {
		const stage = stageOf(run, String(line.stage));
		stage.state = 'skipped';
		stage.text = line.reason ?? line.text ?? '';
	},
	blocked(run, line) {
		const stage = stageOf(run, String(line.stage));
		stage.state = 'blocked';
		stage.text = line.by ?? '';
	},
	queued(run, line) {
		const stage = stageOf(run, String(line.stage));
		stage.state = 'waiting';
		stage.text = `queued${line.reason ? `: ${line.reason}` : ''}${line.job ? ` (job ${line.job})` : ''}`;
	},
	start(run, line, at) {
		const attempt = attemptStart(run, String(line.stage), line.attempt ?? 1, at);
		attempt.reasons = Array.isArray(line.reasons) ? line.reasons : [];
		attempt.command = line.command ?? null;
		stageOf(run, attempt.stage).state = 'running';
	},
	log(run, line) {
		note(run, line.level ?? 'INFO', line);
	},
	progress(run, line) {
		const stage = stageOf(run, String(line.stage));
		stage.progress = typeof line.fraction === 'number' ? line.fraction : null;
		stage.progressText = line.text ?? '';
	},
	sample(run, line, at) {
		const attempt = attemptOf(run, line, at);
		const use = line.resources ?? {};
		attempt.samples.push({ at, memory: use.memory_mb ?? null, cpu: use.cpu_percent ?? null,
			gpu: use.gpu_percent ?? null, gpuMemory: use.gpu_memory_mb ?? null });
		for (const name of Object.keys(use))
			if (name !== '__proto__') attempt.resources[name] = use[name];
	},
	warning(run, line, at) {
		note(run, 'WARNING', line);
		if (line.stage && stageOf(run, line.stage).attempts.length)
			stageOf(run, line.stage).attempts.at(-1)?.warnings.push(line.text ?? '');
		else run.last = at;
	},
	retry(run, line, at) {
		attemptEnd(run, line, at, 'failed');
		const stage = stageOf(run, String(line.stage));
		const attempt = /** @type {Attempt} */ (stage.attempts.at(-1));
		attempt.retried = true;
		stage.state = 'waiting';
		stage.text = 'tried again' + (line.delay_seconds ? ` after ${line.delay_seconds} s` : '');
		note(run, 'WARNING', line, `attempt ${attempt.number} failed` + (line.text ? `: ${line.text}` : ''));
	},
	done(run, line, at) {
		attemptEnd(run, line, at, line.restored_from ? 'restored' : 'done');
		const from = line.restored_from;
		if (from) stageOf(run, String(line.stage)).text = `from run ${from.run ?? '?'} of job ${from.job ?? '?'}`
			+ (from.host ? ` on ${from.host}` : '');
	},
	fail(run, line, at) {
		attemptEnd(run, line, at, line.interrupted ? 'interrupted' : line.allowed ? 'allowed' : 'failed');
	},
	signal(run, line) {
		note(run, 'WARNING', line, `stopped by ${line.signal ?? 'a signal'}`);
	},
	run_end(run, line, at) {
		run.end = line;
		if (line.error) note(run, 'ERROR', line, line.error);
		for (const stage of run.stages.values()) {
			const last = stage.attempts.at(-1);
			if (!last || last.end !== null) continue;
			last.end = at;
			last.state = stage.state = 'interrupted';
		}
	},
};

/** @param {Run} run @param {Line} line */
export function runApply(run, line) {
	if (!line || typeof line !== 'object' || typeof line.event !== 'string') return;
	const at = typeof line.at === 'number' ? line.at : run.last;
	run.last = Math.max(run.last, at);
	TAKE[line.event]?.(run, line, at);
}

/** Seconds that the run took, or has taken as far as is known.
 * @param {Run} run */
export function runSeconds(run) {
	return run.end?.seconds ?? run.last;
}

/** success, failed, interrupted, error, running, or killed: ended without a word
 * @param {Run} run @param {boolean} isLive */
export function runOutcome(run, isLive) {
	if (run.end) return run.end.outcome ?? 'success';
	return isLive ? 'running' : 'killed';
}
