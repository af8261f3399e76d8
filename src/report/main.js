/* The beginning: reads the data, shows the page, and listens if there is something to listen to. */
import { appStart } from './app.js';
import { h } from './dom.js';
import { restoreTheme } from './header.js';
import { modelApply, modelNew } from './model.js';

/** @returns {import('./types.js').ReportData | string} the data, or why there is none */
function readData() {
	const text = document.getElementById('data')?.textContent ?? '';
	try {
		const data = JSON.parse(text);
		if (!String(data?.schema).startsWith('restage.report/1'))
			return `this page shows restage.report/1, and its data is ${JSON.stringify(data?.schema ?? null)}`;
		return data;
	} catch {
		return 'this page has no data: it is made by restage report';
	}
}

/** @param {import('./model.js').Model} model @param {import('./app.js').App} app @param {string} address */
function listen(model, app, address) {
	const stream = new EventSource(address);
	/** @param {string} status */
	const say = (status) => {
		if (app.status === status) return;
		app.status = status;
		for (const listener of model.listeners) listener();
	};
	stream.onopen = () => say('live');
	stream.onerror = () => say(stream.readyState === EventSource.CLOSED ? 'no longer connected' : 'connecting again');
	stream.onmessage = (event) => {
		try {
			modelApply(model, JSON.parse(event.data));
		} catch {
			return; /* a line that is not whole is nobody's */
		}
		for (const listener of model.listeners) listener();
	};
}

restoreTheme();
const data = readData();
if (typeof data === 'string') document.body.replaceChildren(h('main', null, h('p', { class: 'empty' }, data)));
else {
	const model = modelNew(data);
	const app = appStart(model);
	if (data.live && /^https?:$/.test(location.protocol)) listen(model, app, data.live.events);
}
