/* Data for pages: jobs of any number of stages, one whose names and logs are hostile, and the page
 * that shows them, made as restage makes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

const MARK = '/*DATA*/';

/** Data as restage packs it if they are many. Random numbers have too many digits to be packed well:
 * those of programs have fewer. */
export function packData(data) {
	const text = JSON.stringify(data, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value));
	return { schema: 'restage.report/1', deflate: deflateSync(text).toString('base64') };
}

/** Data as it may stand in a script tag: as the C side writes it. */
export function escapeData(data) {
	return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g,
		(c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

export function writePage(template, data, file) {
	const parts = readFileSync(template, 'utf8').split(MARK);
	if (parts.length !== 2) throw new Error(`${template} must hold ${MARK} once`);
	writeFileSync(file, parts[0] + escapeData(data) + parts[1]);
}

/* the same numbers every time */
export function randomFrom(seed) {
	return () => {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		return seed / 4294967296;
	};
}

const hex = (random, n) => Array.from({ length: n }, () => Math.floor(random() * 16).toString(16)).join('');
const two = (n) => String(n).padStart(2, '0');
const clock = (at) => `${two(14 + Math.floor(at / 3600))}:${two(Math.floor(at / 60) % 60)}:${two(Math.floor(at) % 60)}`;
const iso = (at) => `2026-11-24T${clock(at)}.${String(Math.round((at % 1) * 1e6) % 1000000).padStart(6, '0')}+00:00`;
const RUN = '20261124_140000', BEFORE = '20261123_090000';

/** A job of n stages: episodes that each go through five stages, and a few that gather them. One in
 * 40 fails, one in four is up to date. `lines` of log altogether. */
export function manyStages(n, lines = n * 5) {
	const random = randomFrom(n);
	const kinds = ['demux', 'denoise', 'asr', 'subtitles', 'score'];
	const episodes = Math.max(1, Math.floor((n - 2) / kinds.length));
	const rows = [];
	for (let e = 0; e < episodes; e++)
		kinds.forEach((kind, k) => rows.push({ name: `${kind}/ep${String(e + 1).padStart(4, '0')}`, section: kind, number: k + 1,
			needs: k ? [`${kinds[k - 1]}/ep${String(e + 1).padStart(4, '0')}`] : [], rank: k, kind, e }));
	rows.sort((a, b) => a.number - b.number);
	const last = (kind) => rows.filter((row) => row.kind === kind).map((row) => row.name);
	rows.push({ name: 'summary', section: 'summary', number: 6, needs: last('score'), rank: 5, kind: 'summary', e: 0 });
	rows.push({ name: 'publish', section: 'publish', number: 7, needs: ['summary'], rank: 6, kind: 'publish', e: 0 });
	return makeJob(rows, random, Math.ceil(lines / rows.length));
}

const TAKES = { demux: 1.5, denoise: 3, asr: 22, subtitles: 0.8, score: 0.6, summary: 2, publish: 1 };

function makeJob(rows, random, linesEach) {
	const slots = new Float64Array(8), ends = new Map(), bad = new Set();
	const record = [{ event: 'run_begin', schema: 'restage.run/1', time: iso(0), at: 0, run: RUN, pipeline: 'episodes',
		job: 'season-1', version: '0.1.0', host: 'here', pid: 1, processors: 8, selected: rows.length, stages: rows.length }];
	const earlier = [{ ...record[0], time: '2026-11-23T09:00:00.000000+00:00', run: BEFORE }];
	const events = [], stages = [], made = new Map();
	const counts = { ran: 0, fresh: 0, failed: 0, blocked: 0 };
	const levels = ['INFO', 'INFO', 'INFO', 'INFO', 'DEBUG', 'INFO', 'WARNING', 'INFO'];
	for (const row of rows) {
		const took = (TAKES[row.kind] ?? 2) * (0.5 + random());
		const isBehind = row.needs.some((need) => bad.has(need));
		const isFresh = !isBehind && random() < 0.25 && row.needs.every((need) => !ends.has(need) || ends.get(need) === 0);
		const fails = !isBehind && !isFresh && random() < 0.025 && row.kind === 'asr';
		const dir = `out/season-1/${two(row.number)}_${row.name}`;
		const file = (path, size) => ({ type: 'data', path, size_bytes: size, label: 'data', origin: 'declared',
			checksum: `xxh3-128:${hex(random, 32)}`, mtime_ns: '1795537202487754836' });
		const inputs = row.needs.length ? row.needs.map((need) => {
			const from = made.get(need);
			return from ? { ...from } : file(`out/${need}`, 100);
		}) : [file(`media/${row.name.split('/')[1]}.mp4`, Math.floor(4e7 * random()))];
		const output = file(`${dir}/${row.kind}.dat`, Math.floor(1e6 * random()));
		const resources = { cpu_user_seconds: took * 0.8, cpu_system_seconds: took * 0.05, cpu_percent: 85 + 80 * random(),
			memory_mb: Math.round(20 + 400 * random()), read_mb: 10 * random(), written_mb: 5 * random() };
		const config = { model: 'en-us', rate: 16000, seed: row.e };
		const base = { schema: 'restage.manifest/1', stage: row.name, stage_number: row.number, stage_dir: dir,
			command: `python3 tools/${row.kind}.py ${inputs[0].path} ${output.path} --model en-us`, reasons: [],
			inputs, outputs: [output], intermediate_files: [], config, env: {}, tools: { python3: 'Python 3.11.2' },
			resources, errors: [], warnings: [], attempt: 1 };
		let manifest = { ...base, status: 'success', run: BEFORE, timestamp: '2026-11-23T09:00:00.000000+00:00',
			completed_at: '2026-11-23T09:00:10.000000+00:00', duration_seconds: took, exit_code: 0 };
		let state = 'up_to_date', start = 0;
		const asRecord = (files) => files.map((one) => [one.path, one.checksum, one.size_bytes, one.mtime_ns]);
		if (random() < 0.5 || isFresh) earlier.push({ event: 'done', at: took, stage: row.name, attempt: 1, seconds: took * 1.1, exit_code: 0,
			resources, config: { ...config, rate: isFresh ? 16000 : 8000 }, tools: base.tools, inputs: asRecord(inputs),
			outputs: [[output.path, `xxh3-128:${hex(random, 32)}`, 1000, '1']] });
		if (isBehind) {
			bad.add(row.name);
			counts.blocked++;
			state = 'not_run';
			events.push({ event: 'blocked', at: 1, stage: row.name, by: row.needs.find((need) => bad.has(need)) });
		} else if (isFresh) {
			counts.fresh++;
			ends.set(row.name, 0);
			events.push({ event: 'fresh', at: 0.01, stages: [row.name] });
		} else {
			const slot = slots.indexOf(Math.min(...slots));
			start = Math.max(slots[slot], ...row.needs.map((need) => ends.get(need) ?? 0)) + 0.01;
			const end = start + took;
			slots[slot] = end;
			if (row.kind === 'asr' && rows.length < 1000) resources.phases = [{ name: 'load <model>', started: iso(start), seconds: took / 4, cpu_seconds: 1, memory_mb: 512 },
				{ name: 'recognise', started: iso(start + took / 4), seconds: took * 0.75 }];
			if (resources.phases) Object.assign(resources, { gpu_used: '2 x Stand-in 40GB', gpu_percent: 150, gpu_memory_mb: 2048,
				gpu_seconds: took * 1.5, gpu_scope: 'device', gpus: ['0', '3'] });
			ends.set(row.name, end);
			counts[fails ? 'failed' : 'ran']++;
			const reasons = [{ code: 'config_changed', about: 'rate', message: "config rate changed from '8000' to '16000'" },
				{ code: 'input_changed', about: inputs[0].path, message: `input ${inputs[0].path} changed` }].slice(0, 1 + Math.round(random()));
			events.push({ event: 'start', at: start, stage: row.name, attempt: 1, reasons, command: base.command, before_seconds: took * 1.1 });
			for (let at = start + 1; at < end; at += 2) events.push({ event: 'sample', at, stage: row.name, attempt: 1, seconds: at - start,
				resources: { memory_mb: resources.memory_mb * Math.min(1, (at - start + 1) / took + 0.2), cpu_percent: resources.cpu_percent * (0.6 + 0.5 * random()),
					...(resources.gpus ? { gpu_percent: 140, gpu_memory_mb: 2000 } : {}) } });
			const ended = { at: end, stage: row.name, attempt: 1, seconds: took, resources, config, tools: base.tools, inputs: asRecord(inputs) };
			if (fails) {
				bad.add(row.name);
				events.push({ event: 'fail', ...ended, exit_code: 1, signal: null, text: 'exit code 1', tail: ['ERROR no speech found'] });
			} else events.push({ event: 'done', ...ended, exit_code: 0, outputs: asRecord([output]), cost: took * 0.0004, currency: 'EUR' });
			const warnings = random() < 0.04 ? [{ message: 'the sound is clipped in 12 places', timestamp: iso(end) }] : [];
			for (const one of warnings) events.push({ event: 'warning', at: end - 0.001, stage: row.name, text: one.message });
			manifest = { ...base, status: fails ? 'failed' : 'success', run: RUN, timestamp: iso(start), completed_at: iso(end),
				duration_seconds: took, exit_code: fails ? 1 : 0, reasons, warnings,
				errors: fails ? [{ message: 'exit code 1: no speech found' }] : [] };
			state = fails ? 'failed' : 'done';
		}
		const log = [];
		for (let i = 0; i < linesEach; i++) {
			const level = fails && i === linesEach - 1 ? 'ERROR' : levels[Math.floor(random() * levels.length)];
			log.push(`[2026-11-24 ${clock(start + (took * i) / linesEach)}] [${row.name}] [${level}] ` +
				(level === 'ERROR' ? 'no speech found' : `step ${i}: frame ${Math.floor(random() * 1e5)} of ${row.kind}, gain ${(random() * 10).toFixed(2)} dB`));
		}
		made.set(row.name, output);
		stages.push({ name: row.name, number: row.number, state, description: `${row.kind} of an episode`, tags: [row.kind], manifest, log: log.join('\n') + '\n', log_truncated: false });
	}
	events.sort((a, b) => a.at - b.at);
	const seconds = Math.max(...slots);
	record.push(...events, { event: 'run_end', at: seconds, outcome: counts.failed ? 'failed' : 'success', seconds, ...counts, skipped: 0, interrupted: 0,
		allowed_failures: 0, cpu_seconds: seconds * 5, saved_seconds: 412, cost: 1.37 });
	earlier.sort((a, b) => a.at - b.at);
	earlier.push({ event: 'run_end', at: 400, outcome: 'success', seconds: 400, ran: rows.length, fresh: 0 });
	return { schema: 'restage.report/1', live: null, pipeline: 'episodes', job: 'season-1', job_dir: 'out/season-1',
		description: 'Speech in the videos of a season, turned into subtitles', generated_at: iso(seconds), version: '0.1.0', run: RUN,
		graph: { schema: 'restage.graph/1', stages: rows.map(({ name, section, number, needs, rank }) => ({ name, section, number, needs, rank, duration_seconds: null })), critical_path: [] },
		stages, runs: [{ run: BEFORE, record: earlier }, { run: RUN, record }],
		pipeline_log: events.filter((one) => one.event === 'start' || one.event === 'done').map((one) =>
			`[2026-11-24 ${clock(one.at)}] [pipeline] [INFO] ${one.event === 'start' ? '\u25b6\ufe0f  Stage ' + one.stage + ': STARTING' : '\u2705 Stage ' + one.stage + ': COMPLETED'}`).join('\n') + '\n' };
}

/** A job all of whose stages succeeded in earlier runs; the last run was of one of them, and failed. */
export function madeInParts() {
	const data = manyStages(17);
	for (const stage of data.stages) {
		stage.state = 'up_to_date';
		stage.manifest = { ...stage.manifest, status: 'success', run: BEFORE, errors: [], exit_code: 0 };
	}
	const last = data.stages.at(-1);
	last.state = 'failed';
	last.last_success = { ...last.manifest, duration_seconds: 1.5, outputs: [{ path: 'out/published', size_bytes: 3 }] };
	last.manifest = { ...last.manifest, status: 'failed', run: 'only-one', exit_code: 4, outputs: [] };
	data.runs = [{ run: 'only-one', record: [{ event: 'run_begin', at: 0, run: 'only-one', selected: [last.name], time: iso(0) },
		{ event: 'start', at: 0, stage: last.name, attempt: 1, reasons: [] },
		{ event: 'fail', at: 1, stage: last.name, attempt: 1, seconds: 1, exit_code: 4, text: 'exit code 4' },
		{ event: 'run_end', at: 1, outcome: 'failed', seconds: 1, failed: 1 }] }];
	data.run = 'only-one';
	return data;
}

/** The same job in which one stage took much longer than the others of its kind.
 * @param {string} name of a stage that ran */
export function withSlow(data, name) {
	const record = data.runs[1].record, line = record.find((one) => one.event === 'done' && one.stage === name);
	if (!line) throw new Error(`${name} did not run`);
	const last = record.pop();
	line.seconds = 120;
	line.at = record.find((one) => one.event === 'start' && one.stage === name).at + 120;
	last.seconds = last.at = Math.max(last.at, line.at);
	record.push(last);
	return data;
}

/** A job that ten runs made numbers in; in the last of them only one stage ran. Two jobs beside it
 * differ from it in a parameter. */
export function withMetrics() {
	const data = manyStages(17), [asr, score] = ['asr/ep0001', 'score/ep0001'].map((name) => data.stages.find((stage) => stage.name === name));
	data.runs = Array.from({ length: 10 }, (_, i) => {
		const run = `202611${two(i + 1)}_120000`, wer = { wer: 0.3 - i / 50, by: { de: 4 } };
		const done = (stage, metrics) => ({ event: 'done', at: 1, stage, attempt: 1, seconds: 1, exit_code: 0, inputs: [], outputs: [], metrics });
		return { run, record: [{ event: 'run_begin', at: 0, run, selected: 17, time: `2026-11-${two(i + 1)}T12:00:00.000000+00:00`,
			params: { model: i < 5 ? 'small' : 'large', same: 'x' } }, done(score.name, { words: 100 + i }), ...(i < 9 ? [done(asr.name, wer)] : []),
		{ event: 'run_end', at: 2, outcome: 'success', seconds: 2, ran: 2 }] };
	});
	data.run = data.runs[9].run;
	for (const stage of data.stages) stage.manifest = { ...stage.manifest, status: 'success', errors: [], exit_code: 0 };
	asr.manifest = { ...asr.manifest, run: data.runs[8].run, metrics: { wer: 0.14, by: { de: 4 } } };
	score.manifest = { ...score.manifest, run: data.run, metrics: { words: 109 } };
	score.manifest.outputs[0].language = 'de';
	const job = (name, params, metrics) => ({ job: name, params: { same: 'x', ...params }, metrics });
	data.jobs = { rows: [job('tiny', { model: 'tiny', constructor: '1' }, { 'asr/ep0001.wer': 0.4, 'score/ep0001.rare': 7 }),
		job(data.job, { model: 'large' }, { 'asr/ep0001.wer': 9 }), job(HOSTILE, {}, { 'score/ep0001.words': 12345.678 })], more: 3 };
	return data;
}

/** The same job with failures that it allows: nothing is behind them. */
export function allowFailures(data) {
	const record = data.runs[1].record;
	for (const stage of data.stages) {
		stage.allow_failure = stage.state === 'failed';
		if (stage.state === 'not_run') stage.state = 'up_to_date';
	}
	data.runs[1].record = record.map((line) => (line.event === 'fail' ? { ...line, allowed: true }
		: line.event === 'blocked' ? { event: 'fresh', at: line.at, stages: [line.stage] }
			: line.event === 'run_end' ? { ...line, outcome: 'success', failed: 0 } : line));
	return data;
}

/** A small job all of whose names, values and lines try to be markup, to act on the terminal or on
 * the direction of text, or to be members that every object has. */
export const HOSTILE = '<img src=x onerror="window.broken=1">';
export function hostile() {
	const names = [HOSTILE, '</script><script>window.broken=2</script>', '__proto__', 'constructor',
		'right\u202eot tfel', 'a\u001b[31mred\u001b]0;title\u0007', '<!--', '"\'><svg/onload=window.broken=3>', 'line\nbreak\u2028end', 'javascript:window.broken=4'];
	const line = (name, i) => `[2026-11-24 14:00:0${i % 10}] [${name.replace(/\n/g, ' ')}] [${['INFO', 'WARNING', 'ERROR'][i % 3]}] `;
	const stages = names.map((name, i) => {
		const file = { type: name, path: `out/${name}/${name}`, size_bytes: 7, label: name, origin: 'declared', checksum: 'xxh3-128:' + '0'.repeat(32), mtime_ns: '1' };
		const config = JSON.parse(`{"__proto__": ${JSON.stringify(name)}, "constructor": 1, ${JSON.stringify(name)}: ${JSON.stringify(name)}}`);
		return { name, number: i + 1, state: 'done', description: name, tags: [name],
			manifest: { status: i % 4 ? 'success' : 'failed', run: '20261124_140000', attempt: 1, timestamp: iso(i), completed_at: iso(i + 1), duration_seconds: 1,
				command: `echo ${name}\necho ${HOSTILE}`, exit_code: 0, reasons: [{ code: 'input_changed', about: name, message: `input ${name} changed` }],
				inputs: i ? [{ ...file, path: `out/${names[i - 1]}/${names[i - 1]}` }] : [], outputs: [file], intermediate_files: [], config, tools: { [name]: name },
				resources: { memory_mb: 1, [name]: name }, errors: i % 4 ? [] : [{ message: name }], warnings: [{ message: name }, name] },
			log: [`${line(name, i)}${name}`, `${line(name, i + 1)}\u001b[1;31mbold red\u001b[0m plain \u001b[38;2;1;2;3mtrue\u001b[48;5;200mback\u001b[0m`,
				`${line(name, i + 2)}\u202eesrever \u2066 ${HOSTILE} \u001b[2J\u001b[H\u0000\u0008`, `no prefix ${HOSTILE}`, `${line(name, i)}\u001b[99999999999999999999m\u001b[38;5;999mbad\u001b[`].join('\n') + '\n' };
	});
	const record = [{ event: 'run_begin', at: 0, time: iso(0), run: '20261124_140000', schema: 'restage.run/1' },
		...stages.flatMap((stage, i) => [
			{ event: 'start', at: i, stage: stage.name, attempt: 1, reasons: stage.manifest.reasons, command: stage.manifest.command },
			{ event: 'log', at: i + 0.5, stage: stage.name, level: 'WARNING', text: HOSTILE },
			{ event: i % 4 ? 'done' : 'fail', at: i + 1, stage: stage.name, attempt: 1, seconds: 1, exit_code: i % 4 ? 0 : 1, text: HOSTILE, tail: [HOSTILE, '\u001b[32mgreen'],
				resources: stage.manifest.resources, config: stage.manifest.config, inputs: [[`out/${stage.name}/${stage.name}`, null, 7, 1]], outputs: [] }]),
		{ event: '__proto__', at: 9 }, { event: 'toString', at: 9 }, null, 7, { event: 'sample', at: 9 },
		{ event: 'run_end', at: 10, outcome: HOSTILE, seconds: 10, error: HOSTILE }];
	return { schema: 'restage.report/1', live: null, pipeline: HOSTILE, job: '</title>' + HOSTILE, description: HOSTILE, run: '20261124_140000', version: HOSTILE,
		graph: { stages: names.map((name, i) => ({ name, section: name, number: i + 1, needs: i ? [names[i - 1]] : [], rank: i })) },
		stages, runs: [{ run: '20261124_140000', record }], pipeline_log: `${line('pipeline', 0)}${HOSTILE}\n` };
}
