/* What pages gain with a script; everything works without it.  No page carries a script of its own. */
(() => {
  'use strict';
  const $ = (root, selector) => [...root.querySelectorAll(selector)];

  /* <div data-when="decision=refuse"> is shown while that choice is made. Several values: refuse|return. */
  function reveal(form) {
    for (const part of $(form, '[data-when]')) {
      const [name, values] = part.dataset.when.split('=');
      const chosen = new FormData(form).getAll(name);
      const on = values.split('|').some((v) => chosen.includes(v));
      part.hidden = !on;
      for (const input of $(part, 'input, select, textarea')) input.disabled = !on;
    }
  }

  function begin(root) {
    for (const form of $(root, 'form')) if (form.querySelector('[data-when]')) reveal(form);
    const first = root.querySelector('[data-focus]');
    if (first) first.focus();
  }

  document.addEventListener('change', (event) => {
    const form = event.target.form;
    if (!form) return;
    reveal(form);
    if (form.hasAttribute('data-autosubmit')) form.requestSubmit();
  });

  document.addEventListener('submit', (event) => {
    const form = event.target;
    const words = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (words && !window.confirm(words)) return event.preventDefault();
    if (form.method !== 'post') return;
    if (form.dataset.sent) return event.preventDefault();  // pressed twice
    form.dataset.sent = 'yes';
    setTimeout(() => delete form.dataset.sent, 8000);
    if (event.submitter) event.submitter.setAttribute('aria-busy', 'true');
  });

  document.addEventListener('click', async (event) => {
    const copy = event.target.closest('[data-copy]');
    if (copy) {
      const words = copy.querySelector('span');
      await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
      words.textContent = '已复制';
      setTimeout(() => { words.textContent = '复制'; }, 2000);
    }
    if (event.target.closest('[data-print]')) window.print();
    for (const menu of $(document, 'details.dh-me[open]')) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') for (const menu of $(document, 'details.dh-me[open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });

  /* Polling rests while nobody looks. */
  document.addEventListener('htmx:before:request', (event) => { if (document.hidden) event.preventDefault(); });

  window.addEventListener('pageshow', () => { for (const form of $(document, 'form[data-sent]')) delete form.dataset.sent; });
  document.documentElement.classList.add('js');
  begin(document);
})();
