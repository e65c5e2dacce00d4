const root = document.getElementById('root');
const el = (tag, props = {}, ...kids) => { const node = Object.assign(document.createElement(tag), props); node.append(...kids); return node; };
const nav = (here) => el('div', { className: 'n' }, el('b', { textContent: 'glowcast' }), ...[['/', 'Home'], ['/pricing', 'Pricing'], ['/how', 'How it works']].map(([href, text]) => el('a', { href, textContent: text, className: href === here ? 'on' : '' })));
const show = (page, here) => {
  document.title = page.title;
  const hero = el('div', { className: 'h' }, el('h1', { textContent: page.heading }), el('p', { textContent: page.lead }), el('a', { className: 'btn', href: page.button[1], textContent: page.button[0] }));
  const cards = el('div', { className: 'c' }, ...page.cards.map(([h, t]) => el('article', {}, el('h3', { textContent: h }), el('p', { textContent: t }))));
  root.replaceChildren(nav(here), hero, cards, ...page.after.map((t) => el('p', { textContent: t })), el('small', { textContent: page.fine }));
};
const here = location.pathname.replace(/\/$/, '') || '/';
fetch('/static/content.json').then((answer) => answer.json()).then((pages) => setTimeout(() => show(pages[here] || pages['/'], here), 150));
