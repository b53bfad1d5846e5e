/* What axe does not judge: nothing stands wider than the window, no text under 12 px, one h1, no errors. */
() => {
  const width = document.documentElement.clientWidth;
  const named = (e) => `${e.tagName.toLowerCase()}.${(e.getAttribute('class') ?? '').split(' ').join('.')}`;
  const faults = [];
  if (document.documentElement.scrollWidth > width + 1) {
    const wide = [...document.querySelectorAll('body *')].filter((e) =>
      e.getBoundingClientRect().right > width + 1 && !e.closest('.dh-scroll, .nav-underline, .dh-hero, pre'));
    faults.push(`wider than the window: ${[...new Set(wide.map(named))].slice(0, 5).join(', ')}`);
  }
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = new Set();
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (n.textContent.trim() && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 12) small.add(named(e));
  }
  if (small.size) faults.push(`text under 12 px: ${[...small].join(', ')}`);
  const headings = [...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]));
  if (headings.filter((h) => h === 1).length !== 1) faults.push(`h1: ${headings.filter((h) => h === 1).length}`);
  headings.forEach((h, i) => { if (i && h > headings[i - 1] + 1) faults.push(`heading level skipped: ${headings[i - 1]} to ${h}`); });
  if (matchMedia('(max-width: 500px)').matches) {
    const tiny = [...document.querySelectorAll('button:not(.visually-hidden), .btn:not(.visually-hidden), summary, .dh-tabbar a, .dh-chip, select, input:not([type=hidden])')]
      .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().height < 32 && !e.matches('[type=checkbox], [type=radio]'));
    if (tiny.length) faults.push(`hard to touch: ${[...new Set(tiny.map(named))].slice(0, 5).join(', ')}`);
  }
  return faults;
}
