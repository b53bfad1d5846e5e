/* A list as a sheet: paste a block, move by keys, save by Ctrl+S.  Without this the form works cell by cell. */
(() => {
  'use strict';
  const form = document.querySelector('form[data-sheet]');
  if (!form) return;
  const body = form.querySelector('[data-rows]');
  const said = form.querySelector('[data-said]');
  const all = form.querySelector('[data-all]');
  const MOST_PASTED = 1000, MOST_SENT = 900000;  // rows; bytes of one form field
  let dirty = false, numbers = 0;

  const rows = () => [...body.querySelectorAll('[data-row]')];
  const cells = (row) => [...row.querySelectorAll('[data-col]')];
  const say = (words) => { said.textContent = words; said.classList.remove('visually-hidden'); said.classList.add('dh-sheetsaid'); };

  /* Lines of cells as spreadsheets copy them: tabs between, quotes around what has line breaks. */
  function parse(text) {
    const lines = [[]];
    let cell = '', quoted = false;
    const source = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '');
    for (let i = 0; i < source.length; i += 1) {
      const c = source[i];
      if (quoted) {
        if (c !== '"') cell += c;
        else if (source[i + 1] === '"') { cell += '"'; i += 1; }
        else quoted = false;
      } else if (c === '"' && cell === '') quoted = true;
      else if (c === '\t') { lines.at(-1).push(cell); cell = ''; }
      else if (c === '\n') { lines.at(-1).push(cell); cell = ''; lines.push([]); }
      else cell += c;
    }
    lines.at(-1).push(cell);
    return lines;
  }

  function titled(line, titles) {
    const flat = (words) => words.replace(/[\s*＊（）()]|，?必填/g, '');
    return line.filter((cell) => titles.includes(flat(cell))).length * 2 > line.filter((cell) => cell.trim()).length;
  }

  function titles() {
    return [...form.querySelectorAll('thead th')].slice(1, -1).map((th) => th.textContent.replace(/[\s*＊（）()]|，?必填/g, ''));
  }

  /* A new empty row under the last one, or a copy of one under it. */
  function add(like) {
    const last = rows().at(-1);
    const row = (like || last).cloneNode(true);
    numbers += 1;
    row.classList.remove('dropped');
    for (const note of row.querySelectorAll('.notes, .dh-remark')) note.remove();
    const head = row.querySelector('th');
    const number = String(rows().length + 1);
    head.querySelector('a, span').replaceWith(Object.assign(document.createElement('span'), { className: 't3', textContent: like ? '新' : '＋' }));
    row.querySelector('[data-id]').value = '';
    row.querySelector('[data-drop]').checked = false;
    for (const field of row.querySelectorAll('[name]')) field.name = field.name.replace(/^r\.\w+\./, `r.n${numbers}.`);
    for (const td of row.querySelectorAll('td')) td.className = td.classList.contains('acts') ? 'acts' : '';
    cells(row).forEach((cell, at) => {
      cell.id = `n${numbers}-${cell.dataset.col}`;
      cell.removeAttribute('aria-invalid');
      cell.removeAttribute('aria-describedby');
      cell.setAttribute('aria-label', cell.getAttribute('aria-label').replace(/第 \d+ 行/, `第 ${number} 行`));
      cell.value = like ? cells(like)[at].value : '';
      if (cell.tagName === 'TEXTAREA') cell.textContent = cell.value;
    });
    (like || last).after(row);
    dirty = true;
    return row;
  }

  function at(cell) {
    const row = cell.closest('[data-row]');
    return { row, down: rows().indexOf(row), across: cells(row).indexOf(cell) };
  }

  function go(down, across) {
    const row = rows()[down];
    const cell = row && cells(row)[across];
    if (!cell) return false;
    cell.focus();
    cell.select();
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    return true;
  }

  form.addEventListener('paste', (event) => {
    const cell = event.target.closest('[data-col]');
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (!cell || !/[\t\n]/.test(text.replace(/[\r\n]+$/, ''))) return;
    event.preventDefault();
    let lines = parse(text);
    const { down, across } = at(cell);
    const names = titles();
    if (across === 0 && titled(lines[0], names)) {
      const order = lines[0].map((word) => names.indexOf(word.replace(/[\s*＊（）()]|，?必填/g, '')));
      if (order.includes(-1)) return say(`没有粘贴：表头里的“${lines[0][order.indexOf(-1)]}”不是这张清单的栏。`);
      lines = lines.slice(1).map((line) => { const put = []; line.forEach((word, n) => { if (n < order.length) put[order[n]] = word; }); return put; });
    }
    const room = names.length - across;
    const widest = Math.max(...lines.map((line) => line.length));
    if (widest > room) return say(`没有粘贴：这一块有 ${widest} 列，从“${names[across]}”起只有 ${room} 栏。`);
    if (lines.length > MOST_PASTED) return say(`没有粘贴：这一块有 ${lines.length} 行，请用下面的“粘贴一块”或者上传文件。`);
    lines.forEach((line, n) => {
      while (rows().length <= down + n) add();
      const there = cells(rows()[down + n]);
      line.forEach((word, m) => { if (word !== undefined) there[across + m].value = word.trim(); });
    });
    dirty = true;
    say(`已粘贴 ${lines.length} 行，还没有保存。`);
    go(down + lines.length - 1, across);
  });

  form.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault();
      form.requestSubmit(form.querySelector('[data-save]'));
      return;
    }
    const cell = event.target.closest('[data-col]');
    if (!cell || event.isComposing) return;
    const { down, across } = at(cell);
    const atStart = cell.selectionStart === 0 && cell.selectionEnd === 0;
    const atEnd = cell.selectionStart === cell.value.length;
    const one = !cell.value.includes('\n');
    const steps = {
      Enter: () => !event.altKey && (go(down + 1, across) || go(rows().indexOf(add()), across)),
      ArrowDown: () => !event.altKey && one && go(down + 1, across),
      ArrowUp: () => !event.altKey && one && go(down - 1, across),
      ArrowLeft: () => atStart && go(down, across - 1),
      ArrowRight: () => atEnd && go(down, across + 1),
    };
    if (steps[event.key]?.()) event.preventDefault();
  });

  form.addEventListener('click', (event) => {
    if (event.target.closest('[data-add-row]')) { add(); go(rows().length - 1, 0); }
    const copy = event.target.closest('[data-copy-row]');
    if (copy) { const row = add(copy.closest('[data-row]')); go(rows().indexOf(row), 0); say('已复制一行，还没有保存。'); }
  });

  form.addEventListener('input', () => { dirty = true; });
  window.addEventListener('beforeunload', (event) => { if (dirty) event.preventDefault(); });

  /* All cells go as one text: a form has room for a thousand fields, a sheet may have more. */
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return;
    const told = rows().map((row) => ({
      id: row.querySelector('[data-id]').value,
      drop: row.querySelector('[data-drop]').checked,
      cells: Object.fromEntries(cells(row).map((cell) => [cell.dataset.col, cell.value])),
    }));
    all.value = JSON.stringify(told);
    if (new Blob([all.value]).size > MOST_SENT) {
      all.value = '';
      delete form.dataset.sent;
      event.preventDefault();
      return say('没有保存：这一页内容太多。分几次粘贴，或者上传文件。');
    }
    dirty = false;
    for (const field of form.querySelectorAll('[name^="r."]')) field.disabled = true;
    setTimeout(() => { for (const field of form.querySelectorAll('[name^="r."]')) field.disabled = false; }, 0);
  });
})();
