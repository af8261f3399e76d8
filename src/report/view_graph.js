/* The graph: boxes with states, folded to one box a section when there are many instances. Seen from
 * far each state's boxes are one path; from near, those in sight are links with their words. */
import { fill, h, onceAFrame, s } from './dom.js';
import { plural, seconds } from './format.js';
import { edgePath, isWideShape, pictureOf } from './graph_layout.js';
import { FOLD_FROM, sayStage, searchBox, toggle } from './parts.js';
import { linkTo } from './route.js';
import { ORDER, shape, STATES } from './states.js';
import { zoomable } from './zoom.js';

/** @typedef {import('./graph_layout.js').Box} Box */
/** @typedef {import('./states.js').State} State */

const MOST_NEAR = 420; /* boxes that are drawn with words */
const MOST_EDGES = 30000;

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewGraph(app) {
	const { stages } = app.model;
	/** @type {Map<string, number>} */
	const sizes = new Map();
	for (const stage of stages) sizes.set(stage.section, (sizes.get(stage.section) ?? 0) + 1);
	const canFold = [...sizes.values()].some((size) => size > 1);
	let folds = canFold && stages.length > FOLD_FROM;
	/** @type {Set<string>} */
	const opened = new Set();
	/** @type {import('./graph_layout.js').Picture | null} */
	let picture = null;
	/** @type {Map<number, SVGElement>} */
	const near = new Map();
	/** @type {number[]} */
	let found = [];
	let foundAt = -1, shownSelected = '', windowShape = 1; /* for which the boxes were placed */

	const edges = s('path', { class: 'edges' }), chain = s('path', { class: 'edges chain' }), beside = s('path', { class: 'edges beside' });
	const far = s('g', { class: 'far', 'aria-hidden': 'true' }), boxes = s('g'), rings = s('g', { 'aria-hidden': 'true' });
	const world = s('g', null, edges, chain, beside, far, boxes, rings);
	const svg = s('svg', { class: 'graph', tabindex: '0', role: 'group',
		'aria-label': 'graph of stages; the table has the same in words. Arrow keys move, plus and minus zoom, 0 shows all' }, world);
	const frame = onceAFrame(paint);
	const zoom = zoomable(svg, frame);
	svg.addEventListener('click', (event) => {
		if (zoom.wasMoved()) event.preventDefault();
	}, true);

	const said = h('span', { class: 'faint', role: 'status' });
	const search = searchBox('find a stage in the graph', 'Find a stage', find);
	search.addEventListener('keydown', (event) => {
		if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
	});
	const tools = h('div', { class: 'chips' });
	const element = h('section', { class: 'view', 'aria-label': 'graph' },
		h('div', { class: 'tools' }, search, tools, said), svg);
	new ResizeObserver(resized).observe(svg);

	function drawTools() {
		fill(tools,
			canFold ? toggle(folds, () => {
				folds = !folds;
				opened.clear();
				drawTools();
				arrange();
			}, 'Fold instances') : null,
			h('button', { type: 'button', class: 'toggle', 'aria-label': 'zoom in', onclick: () => zoom.by(1.3) }, '+'),
			h('button', { type: 'button', class: 'toggle', 'aria-label': 'zoom out', onclick: () => zoom.by(1 / 1.3) }, '\u2212'),
			h('button', { type: 'button', class: 'toggle', onclick: () => picture && zoom.fit(picture.width, picture.height) }, 'All'));
	}

	function arrange() {
		const box = svg.getBoundingClientRect();
		if (!box.width) return;
		windowShape = box.width / box.height;
		picture = pictureOf(stages, (section) => folds && !opened.has(section), wordsOf, windowShape);
		forget();
		drawFar();
		zoom.fit(picture.width, picture.height);
		const isSmall = picture.boxes.length < stages.length;
		said.textContent = isSmall ? `${plural(stages.length, 'stage')} in ${plural(picture.boxes.length, 'box', 'boxes')}` : plural(stages.length, 'stage');
	}

	function resized() {
		const box = svg.getBoundingClientRect(), now = box.width / Math.max(1, box.height);
		if (!picture || (zoom.isFitted() && (isWideShape(now) !== isWideShape(windowShape)))) arrange();
		else zoom.resized();
	}

	function forget() {
		for (const one of near.values()) one.remove();
		near.clear();
	}

	/** The state that a box shows: of a group, what needs a look first. @param {Box} box @returns {State} */
	function stateOf(box) {
		let best = ORDER.length - 1;
		for (const id of box.ids) best = Math.min(best, ORDER.indexOf(app.facts[id].state));
		return ORDER[best];
	}

	function drawFar() {
		if (!picture) return;
		/** @type {Map<State, string>} */
		const paths = new Map();
		for (const box of picture.boxes) {
			const state = stateOf(box);
			paths.set(state, (paths.get(state) ?? '') + `M${box.x.toFixed(0)} ${box.y.toFixed(0)}h${box.w.toFixed(0)}v${box.h}h-${box.w.toFixed(0)}z`);
		}
		fill(far, [...paths].map(([state, d]) => s('path', { class: state, d })));
		const places = app.critical.map((id) => Number(picture?.boxOf[id]));
		const critical = new Set(places.slice(1).map((to, i) => `${places[i]} ${to}`));
		let all = '', bold = '';
		if (picture.edges.length <= MOST_EDGES)
			for (const edge of picture.edges) {
				if (critical.has(`${edge.from} ${edge.to}`)) bold += edgePath(picture, edge);
				else all += edgePath(picture, edge);
			}
		edges.setAttribute('d', all);
		chain.setAttribute('d', bold);
	}

	function paint() {
		if (!picture) return;
		const { x, y, k } = zoom.at, size = svg.getBoundingClientRect();
		if (!size.width) return;
		world.setAttribute('transform', `translate(${x} ${y}) scale(${k})`);
		const left = -x / k, top = -y / k, right = left + size.width / k, bottom = top + size.height / k;
		/** @type {number[]} */
		const inSight = [];
		picture.boxes.forEach((box, i) => {
			if (box.x < right && box.x + box.w > left && box.y < bottom && box.y + box.h > top) inSight.push(i);
		});
		const isNear = k > 0.28 && inSight.length <= MOST_NEAR;
		far.toggleAttribute('hidden', isNear);
		far.style.display = isNear ? 'none' : '';
		const keep = new Set(isNear ? inSight : []);
		for (const [i, one] of near) {
			if (keep.has(i)) continue;
			one.remove();
			near.delete(i);
		}
		for (const i of keep) {
			if (near.has(i)) continue;
			const one = drawBox(picture.boxes[i]);
			near.set(i, one);
			boxes.append(one);
		}
		drawRings();
	}

	function drawRings() {
		if (!picture) return;
		const name = app.route.at.get('stage'), stage = name === null ? undefined : app.model.byName.get(name);
		const own = stage ? picture.boxOf[stage.id] : -1;
		/** @param {number} i @param {string} kind */
		const ring = (i, kind) => {
			const box = /** @type {import('./graph_layout.js').Picture} */ (picture).boxes[i];
			return s('rect', { class: `ring ${kind}`, x: box.x - 4, y: box.y - 4, width: box.w + 8, height: box.h + 8, rx: 10 });
		};
		fill(rings, found.map((i, n) => ring(i, n === foundAt ? 'found now' : 'found')), own >= 0 ? ring(own, 'own') : null);
		const key = `${own} ${picture.boxes.length}`;
		if (key === shownSelected) return;
		shownSelected = key;
		let d = '';
		for (const edge of picture.edges) if (edge.from === own || edge.to === own) d += edgePath(picture, edge);
		beside.setAttribute('d', d);
	}

	/** @param {string} text @param {number} room in characters */
	function cut(text, room) {
		const letters = [...text];
		return letters.length <= room ? text : `${letters.slice(0, Math.ceil(room / 2) - 1).join('')}\u2026${letters.slice(-Math.floor(room / 2)).join('')}`;
	}

	/** @param {string} text @param {number} room in characters */
	function cutEnd(text, room) {
		return text.length <= room ? text : `${text.slice(0, room - 1).replace(/[, ]+$/, '')}\u2026`;
	}

	/** @param {Box} box */
	function drawBox(box) {
		const state = stateOf(box);
		const critical = app.critical.length > 1 && box.ids.some((id) => app.critical.includes(id));
		const icon = shape(state, 15);
		icon.setAttribute('x', String(box.x + 10));
		icon.setAttribute('y', String(box.y + 13));
		const room = Math.floor((box.w - (box.isGroup ? 84 : 40)) / 7.4);
		const link = s('a', { class: `box ${state}${critical ? ' critical' : ''}${box.isGroup ? ' group' : ''}`,
			'data-to': box.isGroup ? null : box.label, href: box.isGroup ? location.hash : linkTo('graph', { stage: box.label }) },
		s('title', null, box.isGroup ? `${box.label}, ${plural(box.ids.length, 'instance')}: ${groupWords(box)}`
			: sayStage(box.label, state, app.facts[box.ids[0]].seconds)),
		box.isGroup ? s('rect', { x: box.x + 4, y: box.y + 4, width: box.w, height: box.h, rx: 7, class: 'behind' }) : null,
		s('rect', { x: box.x, y: box.y, width: box.w, height: box.h, rx: 7 }), icon,
		s('text', { x: box.x + 32, y: box.y + 18, class: 'name' }, cut(box.label, room)), ' ',
		s('text', { x: box.x + 32, y: box.y + 33, class: 'sub' }, cutEnd(wordsOf(box), Math.floor((box.w - 40) / 6.4))),
		box.isGroup ? s('text', { x: box.x + box.w - 10, y: box.y + 18, class: 'many', 'text-anchor': 'end' }, `\u00d7${box.ids.length}`) : null);
		link.addEventListener('click', (event) => {
			if (event.ctrlKey || event.metaKey || event.shiftKey) return;
			event.preventDefault();
			if (zoom.wasMoved()) return;
			if (box.isGroup) unfold(box);
			else app.goStage(box.label);
		});
		return link;
	}

	/** What stands below the name of a box. Of one stage the time comes first: where there is too little
	 * room, for a state of later, the word is cut, and its shape says the same.
	 * @param {Box} box */
	function wordsOf(box) {
		if (box.isGroup) return groupWords(box);
		const { state, isOld, seconds: took } = app.facts[box.ids[0]];
		return [state === 'fresh' || !isOld ? seconds(took) : '', STATES[state].word].filter(Boolean).join(', ');
	}

	/** @param {Box} box */
	function groupWords(box) {
		/** @type {Map<State, number>} */
		const counts = new Map();
		for (const id of box.ids) counts.set(app.facts[id].state, (counts.get(app.facts[id].state) ?? 0) + 1);
		return ORDER.filter((state) => counts.has(state)).map((state) => `${counts.get(state)} ${STATES[state].word}`).join(', ');
	}

	/** @param {Box} box */
	function unfold(box) {
		opened.add(box.label);
		const first = box.ids[0];
		arrange();
		goTo(/** @type {import('./graph_layout.js').Picture} */ (picture).boxOf[first], 0.9);
	}

	/** @param {number} i @param {number} [k] */
	function goTo(i, k) {
		const box = picture?.boxes[i];
		if (box) zoom.centre(box.x + box.w / 2, box.y + box.h / 2, k ?? Math.max(zoom.at.k, 0.7));
	}

	/** @param {string} text */
	function find(text) {
		const wanted = text.trim().toLowerCase();
		found = !wanted || !picture ? [] : picture.boxes.map((_, i) => i).filter((i) => {
			const box = /** @type {import('./graph_layout.js').Picture} */ (picture).boxes[i];
			return box.label.toLowerCase().includes(wanted) || (box.isGroup && box.ids.some((id) => stages[id].name.toLowerCase().includes(wanted)));
		});
		foundAt = -1;
		if (found.length) step(1);
		else frame();
		said.textContent = wanted ? `${found.length} found` : plural(stages.length, 'stage');
	}

	/** @param {number} way */
	function step(way) {
		if (!found.length) return;
		foundAt = (foundAt + way + found.length) % found.length;
		goTo(found[foundAt]);
	}

	drawTools();
	return {
		element,
		search,
		update(reason) {
			if (!picture) arrange();
			else if (reason === 'data') {
				forget();
				drawFar();
			}
			const name = app.route.at.get('stage'), stage = name === null ? undefined : app.model.byName.get(name);
			if (reason === 'route' && stage && picture) {
				const box = picture.boxes[picture.boxOf[stage.id]], { x, y, k } = zoom.at, size = svg.getBoundingClientRect();
				const cx = (box.x + box.w / 2) * k + x, cy = (box.y + box.h / 2) * k + y;
				if (cx < 0 || cy < 0 || cx > size.width || cy > size.height || k < 0.28) goTo(picture.boxOf[stage.id]);
			}
			frame();
		},
	};
}
