/* All logs of the job: of one stage or of all, merged by time, by level, searched, each line with an
 * address of its own. Only the lines in sight are elements. */
import { ansiNodes } from './ansi.js';
import { fill, h, later } from './dom.js';
import { count, plural } from './format.js';
import { LEVELS, lineParts, lineText, logOf, logSelect, markOf, PIPELINE } from './logs.js';
import { empty, searchBox, toggle } from './parts.js';
import { linkTo } from './route.js';
import { virtualNew } from './virtual.js';

const MOST_SHOWN = 2000; /* characters of a line in the list; the chosen line is shown whole */

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewLog(app) {
	/** @type {import('./logs.js').Log | null} */
	let log = null;
	let seen = -1, source = '', text = '', only = false, byTime = true, hit = -1;
	/** @type {Set<number>} */
	const levels = new Set();
	/** @type {ReturnType<typeof logSelect>} */
	let picked = { lines: new Uint32Array(0), hits: [], counts: LEVELS.map(() => 0) };
	/** @type {Set<number>} */
	let hits = new Set();

	const search = searchBox('search all lines', 'Search all lines', (value) => {
		text = value;
		hit = -1;
		soon();
	});
	search.addEventListener('keydown', (event) => {
		if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
	});
	const soon = later(() => {
		refill();
		if (picked.hits.length) step(1);
	}, 120);
	const names = h('datalist', { id: 'log-sources' });
	const which = h('input', { type: 'search', list: 'log-sources', 'aria-label': 'stage', placeholder: 'All stages', autocomplete: 'off', spellcheck: 'false', class: 'which' });
	which.addEventListener('change', () => app.go(linkTo('log', { source: which.value.trim() })));
	const chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'levels' });
	const said = h('span', { class: 'faint', role: 'status' });
	const steps = h('div', { class: 'chips' });
	const body = h('div', { class: 'log-rows' });
	const scroller = h('div', { class: 'scroll log', tabindex: '0', role: 'region', 'aria-label': 'lines' }, body);
	const none = empty('No line matches');
	const whole = h('div', { class: 'log-line-whole' });
	const element = h('section', { class: 'view', 'aria-label': 'log' },
		h('div', { class: 'tools' }, search, steps, which, names, chips, said), scroller, none, whole);
	const rows = virtualNew(scroller, body, 20);

	function chosen() {
		const at = app.route.at;
		return { source: at.get('in') ?? at.get('source') ?? '', line: Number(at.get('line') ?? 0) };
	}

	/** @param {number} i */
	function isChosen(i) {
		const { source: name, line } = chosen();
		return log !== null && log.number[i] === line && log.sources[log.source[i]].name === name;
	}

	function drawTools() {
		fill(chips, LEVELS.map((level, i) => toggle(levels.has(i), () => {
			if (!levels.delete(i)) levels.add(i);
			refill();
			/** @type {HTMLElement | undefined} */ (chips.children[i])?.focus();
		}, `${level} `, h('b', null, count(picked.counts[i])))),
		source ? null : toggle(byTime, () => {
			byTime = !byTime;
			refill();
		}, 'By time'));
		fill(steps, text ? [
			h('button', { type: 'button', class: 'toggle', 'aria-label': 'match before', onclick: () => step(-1) }, '\u2191'),
			h('button', { type: 'button', class: 'toggle', 'aria-label': 'next match', onclick: () => step(1) }, '\u2193'),
			toggle(only, () => {
				only = !only;
				hit = -1;
				refill();
			}, 'Only matches')] : []);
		say();
	}

	function say() {
		const { hits: found, lines } = picked;
		const cutSource = log?.sources.find((one) => one.name === source)?.isCut;
		said.textContent = (text ? `${hit >= 0 ? `${count(hit + 1)} of ` : ''}${plural(found.length, 'match', 'matches')} in ` : '') +
			plural(lines.length, 'line') + (cutSource ? ', the last part of its log' : '');
	}

	function refill() {
		if (!log) return;
		picked = logSelect(log, { source, levels, mark: markOf(text), only, byTime });
		hits = new Set(picked.hits);
		drawTools();
		none.hidden = picked.lines.length > 0;
		scroller.hidden = !picked.lines.length;
		rows.set({ count: picked.lines.length, render });
	}

	/** @param {number} at */
	function render(at) {
		const all = /** @type {import('./logs.js').Log} */ (log);
		const i = picked.lines[at], from = all.sources[all.source[i]];
		const { time, name, message } = lineParts(lineText(all, i));
		const level = from.levels[all.number[i] - 1];
		const isOne = !!source && from.name === source;
		const long = message.length > MOST_SHOWN;
		return h('div', { class: `line l-${LEVELS[level].toLowerCase()}${hit >= 0 && picked.hits[hit] === at ? ' hit' : ''}`,
			'aria-current': isChosen(i) ? 'true' : null },
		h('a', { class: 'line-number', href: linkTo('log', { source, in: from.name === source ? null : from.name, line: all.number[i] }),
			'aria-label': `line ${all.number[i]} of ${from.name}` }, all.number[i]),
		h('span', { class: 'line-time' }, time),
		isOne ? null : h('span', { class: 'line-name', title: from.name }, from.name === PIPELINE ? name || from.name : from.name),
		h('span', { class: 'line-level' }, level === 1 ? '' : level === 2 ? 'WARN' : LEVELS[level]),
		h('span', { class: 'line-text' }, ...ansiNodes(long ? message.slice(0, MOST_SHOWN) : message, hits.has(at) ? markOf(text) : null),
			long ? h('span', { class: 'faint' }, ` \u2026 ${count(message.length - MOST_SHOWN)} characters more`) : null));
	}

	/** @param {number} way */
	function step(way) {
		if (!picked.hits.length) return;
		if (hit < 0 && way > 0) {
			/* from what is in sight on */
			const first = Math.floor(scroller.scrollTop / rows.height());
			hit = Math.max(0, picked.hits.findIndex((at) => at >= first));
		} else hit = (hit + way + picked.hits.length) % picked.hits.length;
		rows.set({ count: picked.lines.length, render });
		rows.show(picked.hits[hit], 'middle');
		say();
	}

	function showChosen() {
		const { source: name, line } = chosen();
		whole.hidden = true;
		if (!log || !line) return;
		let at = picked.lines.findIndex(isChosen);
		if (at < 0 && (levels.size || only)) {
			levels.clear();
			only = false;
			refill();
			at = picked.lines.findIndex(isChosen);
		}
		if (at < 0) return;
		rows.show(at, 'middle');
		const parts = lineParts(lineText(log, picked.lines[at]));
		whole.hidden = false;
		fill(whole, h('p', { class: 'faint' }, `${name}, line ${line}${parts.level ? ', ' + parts.level : ''} `,
			h('a', { href: linkTo('log', { source }), 'aria-label': 'close the line' }, '\u2715')),
		h('pre', { tabindex: '0', role: 'region', 'aria-label': 'whole line' }, ...ansiNodes(parts.message)));
	}

	return {
		element,
		search,
		update(reason) {
			const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 30;
			const isNew = seen !== app.model.change || !log;
			if (isNew) {
				log = logOf(app.model, log);
				seen = app.model.change;
				body.style.setProperty('--longest', `${Math.min(log.longest, MOST_SHOWN)}ch`);
				fill(names, log.sources.slice(0, 2000).map((one) => h('option', { value: one.name })));
			}
			const wanted = app.route.at.get('source') ?? '';
			if (wanted !== source || isNew) {
				if (wanted !== source) scroller.scrollTop = 0;
				source = wanted;
				which.value = source;
				const level = app.route.at.get('level');
				if (level && LEVELS.includes(level)) {
					levels.clear();
					levels.add(LEVELS.indexOf(level));
				}
				refill();
			} else if (reason === 'route') rows.set({ count: picked.lines.length, render });
			if (isNew && app.model.isLive && isAtEnd && picked.lines.length) rows.show(picked.lines.length - 1);
			if (reason === 'route') showChosen();
		},
	};
}
